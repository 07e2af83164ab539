"""Functions that people call, which say in one sentence what is wrong with a call."""

import inspect
from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

from ..errors import UserError
from .declared import nearest

Given = ParamSpec("Given")
Result = TypeVar("Result")


def checked_arguments(function: Callable[Given, Result]) -> Callable[Given, Result]:
    """Has a function that people call say in one sentence which of its arguments there is none of.

    Args:
        function: the function; its name is what the sentence calls it.

    Returns:
        The same function. A call that does not fit its signature raises UserError.

    Raises:
        UserError: by the function that is returned.

    Example:
        >>> @checked_arguments
        ... def build(out: str = "") -> None: ...
        >>> build(uot="x")
        Traceback (most recent call last):
        polypref.errors.UserError: build(...) has no argument uot; did you mean 'out'? There are out
    """
    signature = inspect.signature(function)

    @wraps(function)
    def explained(*values: Given.args, **named: Given.kwargs) -> Result:
        try:
            signature.bind(*values, **named)
        except TypeError as misfit:
            known = [name for name in signature.parameters if name != "self"]
            unknown = [name for name in named if name not in known]
            why = f" has no argument {unknown[0]}; {nearest(unknown[0], known)}" if unknown else f": {misfit}"
            raise UserError(f"{function.__name__}(...){why}") from None
        return function(*values, **named)

    return explained
