"""Pages: what the author wrote, what was put into it, and what a bulletin says happened."""

from fanzha.recognise.page.finding import Injected, Link, Official, Page, PageClass, PageFact
from fanzha.recognise.page.reading import clean_page

__all__ = ["Injected", "Link", "Official", "Page", "PageClass", "PageFact", "clean_page"]
