"""The rows of one wire family a file: how each capability is asked, read and written."""
