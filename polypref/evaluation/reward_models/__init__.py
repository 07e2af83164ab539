"""How well reward models and judges agree with people, language by language."""
