"""Files that schools exchange: bytes in, a preview or rows out. Opens nothing, reads no clock."""
