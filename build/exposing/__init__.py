"""Exposing: which face-recognition datasets hold whose Flickr photos."""

from importlib.metadata import PackageNotFoundError, version

try:
    __version__ = version("exposing")
except PackageNotFoundError:  # run from the source tree
    __version__ = "0"
