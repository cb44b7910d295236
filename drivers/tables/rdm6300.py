"""RDM6300: the line and what one touch is.

Source: protocol notes §5.1 (9600 8N1; a frame every 50 to 65 ms while the card lies there).
"""

from typing import Final

BAUD: Final = 9600
TECHNOLOGY: Final = "em4100"
FRAMES_PER_TOUCH: Final = 2
"""Ours: the 8-bit checksum lets wrong numbers through, and the next frame is 65 ms away."""
