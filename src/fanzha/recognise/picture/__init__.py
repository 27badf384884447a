"""Pictures: the words of a screenshot or photo, by side of the chat, and QR codes.

Works offline. Reading needs `pip install 'fanzha[ocr]'`; only `ocr.py` imports what comes with it.
"""

from fanzha.recognise.picture.finding import Box, PictureText, Turn
from fanzha.recognise.picture.reading import read_picture

__all__ = ["Box", "PictureText", "Turn", "read_picture"]
