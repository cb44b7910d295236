"""What the records are written to: registers, books, feeds."""
