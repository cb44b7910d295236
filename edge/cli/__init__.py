"""The command line: `lophoc …`."""
