"""Files: read row by row, written whole or not at all, held against forms; SQL over them; the Hub to read from."""
