"""The words of a list and the columns that every list becomes."""

import pyarrow as pa

KINDS = (
    "nsid",  # 12345678@N99, the permanent id of an account
    "alias",  # the name in an account's web address
    "name",  # the display name
    "photo_id",
    "page_url",  # address of a Flickr page: of a photo, or of an account
    "image_url",  # address of an image file, on Flickr or anywhere
    "image_name",  # file name that starts with the photo id
    "identity",  # the label that the dataset gives the person
    "license",
    "uploaded",
    "tags",
)
"""What a column of a list can be declared to hold."""

IDENTIFYING = ("nsid", "alias", "name", "photo_id", "page_url", "image_url", "image_name")
"""The kinds by which a row can be found. A row with none of them is rejected as `no_identifier`."""

RAW = pa.schema(
    [
        pa.field("file", pa.dictionary(pa.int32(), pa.string())),  # path below raw/, or inside an archive
        pa.field("row", pa.int64()),  # number of the line or record in its file, from 1
        pa.field("raw", pa.large_string()),  # the whole record: what duplicates are judged by
        pa.field("fault", pa.string()),  # why it cannot be read (`comment`: it is no row at all), or null
    ]
)
"""Columns that every reader yields, besides one column of text per kind."""

CANONICAL = pa.schema(
    [
        pa.field("row_hash", pa.uint64()),  # fingerprint of the raw record; equal for duplicates
        pa.field("nsid", pa.string()),
        pa.field("alias", pa.string()),  # folded
        pa.field("name", pa.string()),  # folded
        pa.field("photo_id", pa.int64()),
        pa.field("image_url", pa.string()),  # canonical; only for images that are not on Flickr
        pa.field("identity", pa.string()),  # as the list writes it, `_` read as a space
        pa.field("license", pa.string()),
        pa.field("uploaded", pa.date32()),
        pa.field("tags", pa.list_(pa.string())),  # folded as Flickr compares them
    ]
)
"""What each list becomes: one row per entry. Every column but the first may be null."""
