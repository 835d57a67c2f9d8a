"""Exposing: which face-recognition datasets hold whose Flickr photos."""
