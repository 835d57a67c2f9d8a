"""Make the vectors that Python and JavaScript are both held to: `python tests/vectors/generate.py`.

What is expected follows from how each query is put together, never from the program.
"""

import hashlib
import itertools
import json
from collections.abc import Iterator
from pathlib import Path

import pasted

HERE = Path(__file__).parent
BASE58 = "123456789abcdefghijkmnopqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ"
Vector = tuple[str, list[str], str] | tuple[str, list[str], str, bool]
"""A query, its keys, the reason where there are none, and whether it was taken out of a longer text."""


OWNERS = {
    "12345678@N99": "nsid:12345678@N99",
    "20000000001@N99": "nsid:20000000001@N99",
    "12345678@n99": "nsid:12345678@N99",
    "12345678%40N99": "nsid:12345678@N99",
    "alice": "name:alice",
    "Alice-Example": "name:alice-example",
    "bruno_b": "name:bruno_b",
    "12345": "name:12345",
}
WEB = ("", "http://", "https://", "//", "HTTPS://")
WEB_HOSTS = (
    "flickr.com",
    "www.flickr.com",
    "m.flickr.com",
    "WWW.Flickr.com",
    "www.flickr.com.",
    "www.flickr.com:443",
)
PHOTO_TAILS = (
    "",
    "/",
    ".",
    "/in/photostream",
    "/in/photolist-abc-def",
    "/in/album-72157600000000000/",
    "/in/set-72157600000000000",
    "/in/pool-12345678@N99/",
    "/sizes/o/",
    "/sizes/l/in/photostream/",
    "/meta/",
    "/player/0123abcd",
    "/lightbox",
    "/lightbox/",
    "/with/90000000009",
    "?saved=1",
    "#comments",
    "/#",
)
OWNER_TAILS = (
    "",
    "/",
    "/page7",
    "/page7/",
    "/albums",
    "/sets/",
    "/favorites",
    "/?saved=1",
    "/archives/date-posted/2010/",
    "/in/dateposted",
    "#top",
)
STATIC_HOSTS = (
    "farm1.static.flickr.com/8",
    "farm9.staticflickr.com/8186",
    "c1.staticflickr.com/1/67",
    "c8.staticflickr.com/6/5310",
    "static.flickr.com/32",
    "yy2.staticflickr.com/4",
    "ycpi-farm4.staticflickr.com/3",
    "live.staticflickr.com/65535",
    "photos12.flickr.com",
    "photos1.flickr.com",
    "farm3.flickr.com/2",
    "FARM2.StaticFlickr.com/1",
)
SIZES = (
    "",
    "_s",
    "_q",
    "_t",
    "_m",
    "_n",
    "_w",
    "_z",
    "_c",
    "_b",
    "_h",
    "_k",
    "_3k",
    "_4k",
    "_f",
    "_5k",
    "_6k",
    "_o",
    "_d",
    "_z_d",
    "_o_d",
    "_b_d",
    "_m_d",
)
FILE_TAILS = ("", "?zz=1", "?v=0", "%3Fzz%3D1", "%253Fzz%253D1", "%25253Fv%25253D0", "#ann%20margret", ";")
SECRETS = ("0a1b2c3d4e", "9876543210", "abcdef01")
NAMES = (
    "alice",
    "Alice",
    "Jane Example",
    "John Q. Sample",
    "A.J. Nobody",
    "Chiara Esempio",
    "Bruno B.",
    "O'Nobody",
    "al-ice",
    "ALICE",
)
PERSONS = {"John Q. Sample": "john q sample", "A.J. Nobody": "aj nobody", "Bruno B.": "bruno b"}
IMAGES = (
    "images.example.org/a/B.jpg",
    "images.example.org/a/B.jpg?x=1",
    "images.example.org/A%20b/%C3%A9.png",
    "images.example.org:8080/x.gif",
    "a-b_c.example.org/x.jpg?u=http://images.example.org/photos/alice/1",
    "images.example.org/Photo_(Flickr).jpg",
    "example.org/a//b/../c.jpg",
)


def base58(number: int) -> str:
    """A photo id as flic.kr writes it."""
    code = ""
    while number:
        number, digit = divmod(number, 58)
        code = BASE58[digit] + code
    return code


def vectors() -> Iterator[Vector]:
    """Every query with the keys it means and, where there are none, the reason."""
    photo = "90000000001"
    for scheme, host, (owner, key) in itertools.product(WEB, WEB_HOSTS, OWNERS.items()):
        yield f"{scheme}{host}/photos/{owner}/{photo}", [f"photo:{photo}", key], ""
        yield f"{scheme}{host}/people/{owner}/", [key], ""
    for tail, (owner, key) in itertools.product(PHOTO_TAILS, OWNERS.items()):
        yield f"https://www.flickr.com/photos/{owner}/{photo}{tail}", [f"photo:{photo}", key], ""
        yield f"flickr.com//photo//{owner}//{photo}{tail}", [f"photo:{photo}", key], ""
    for tail, (owner, key), kind in itertools.product(OWNER_TAILS, OWNERS.items(), ("photos", "people")):
        yield f"https://www.flickr.com/{kind}/{owner}{tail}", [key], ""
    for host, size, secret in itertools.product(STATIC_HOSTS, SIZES, SECRETS):
        yield f"https://{host}/{photo}_{secret}{size}.jpg", [f"photo:{photo}"], ""
    for host, tail, ending in itertools.product(
        STATIC_HOSTS, FILE_TAILS, ("jpg", "png", "gif", "jpeg", "JPG")
    ):
        yield f"http://{host}/90000000105_0a1b2c3d4e_z.{ending}{tail}", ["photo:90000000105"], ""
    for number in (90000000001, 90000000105, 2**37, 2**40, 123456789012345, 999999999999999):
        for front in (
            "flic.kr/p/",
            "https://flic.kr/p/",
            "http://www.flic.kr/p/",
            "https://www.flickr.com/photo.gne?short=",
        ):
            for tail in ("", "/") if "flic.kr" in front else ("", "&x=1"):
                yield f"{front}{base58(number)}{tail}", [f"photo:{number}"], ""
    for page, name in (
        ("photo.gne", "id"),
        ("photo_zoom.gne", "id"),
        ("photo_exif.gne", "id"),
        ("photo_edit.gne", "id"),
        ("video_download.gne", "id"),
        ("apps/video/stewart.swf", "photo_id"),
    ):
        for query in (
            f"{name}={photo}",
            f"{name}={photo}&size=m",
            f"v=1&amp;{name}={photo}",
            f"v=1&{name}={photo}#x",
        ):
            yield f"http://www.flickr.com/{page}?{query}", [f"photo:{photo}"], ""
    for name, wrap in itertools.product(NAMES, ("{}", " {} ", "\u200b{}\u200b", "\t{}\n", "\ufeff{}")):
        folded = name.lower()
        yield wrap.format(name), [f"name:{folded}", f"person:{PERSONS.get(name, folded)}"], ""
    for image, scheme, tail in itertools.product(
        IMAGES, ("http://", "https://", "http://www.", "HTTP://WWW.", "//"), ("", "#top")
    ):
        yield f"{scheme}{image}{tail}", [f"image:{image}"], ""
    for wrap in ("{}", "<{}>", '"{}"', "'{}'", " {} ", "\u200b{}", "{}\ufeff"):
        yield wrap.format("12345678@N99"), ["nsid:12345678@N99"], ""
        yield wrap.format(f"https://flic.kr/p/{base58(90000000105)}"), ["photo:90000000105"], ""
        yield wrap.format("https://example.org/a.jpg"), ["image:example.org/a.jpg"], ""
    for tag, clean in (
        ("wedding", "wedding"),
        ("Wedding", "wedding"),
        ("black and white", "blackandwhite"),
        ("b&w", "bw"),
        ("naïve", "naïve"),
    ):
        yield f"#{tag}", [f"tag:{clean}"], ""
        yield f" # {tag}", [f"tag:{clean}"], ""
    for tag in ("wedding", "Wedding", "wed%20ding", "wedding/"):
        yield f"https://www.flickr.com/photos/tags/{tag}", ["tag:wedding"], ""
    for number in (90000000001, 90000000105, 999999999999999):
        for text in (str(number), f" {number} ", f"00{number}"[-15:] if number < 10**13 else str(number)):
            yield text, [f"photo:{number}"], ""
    yield from hard()
    yield from refused()


def hard() -> Iterator[Vector]:
    """Queries that are easy to get wrong, by hand."""
    yield "１２３４５６７８＠Ｎ９９", ["nsid:12345678@N99"], ""
    yield "1234\u200b5678@N99", ["nsid:12345678@N99"], ""
    yield "12345678 @N99", ["nsid:12345678@N99"], ""
    yield "９０００００００００１", ["photo:90000000001"], ""
    yield "⑨⓪⓪⓪⓪⓪⓪⓪⓪⓪①", ["photo:90000000001"], ""
    yield "½", ["name:1⁄2"], ""
    yield "1234@N99", ["name:1234@n99", "person:1234@n99"], ""
    yield "1234567890123@N99", ["name:1234567890123@n99"], ""
    yield "9" * 16, ["name:" + "9" * 16], ""
    yield "0", ["name:0"], ""
    yield "İ", ["name:i\u0307", "person:i"], ""
    yield "ISTANBUL", ["name:istanbul", "person:istanbul"], ""
    yield "ısı", ["name:ısı", "person:isi"], ""
    yield "ΑΛΕΞΙΣ", ["name:αλεξισ", "person:αλεξισ"], ""
    yield "Beyoncé", ["name:beyoncé", "person:beyonce"], ""
    yield "Beyonce\u0301", ["name:beyoncé", "person:beyonce"], ""
    yield "Jane_Example", ["name:jane_example", "person:jane example"], ""
    yield "ＡＬＩＣＥ", ["name:alice", "person:alice"], ""
    yield "ﬁlm", ["name:film", "person:film"], ""
    yield "Дмитрий", ["name:дмитрий", "person:дмитрии"], ""
    yield "Jane\u00a0 \u2003Example", ["name:jane example", "person:jane example"], ""
    for word in ("__proto__", "constructor", "toString", "hasOwnProperty", "valueOf"):
        yield word, [f"name:{word.lower()}", f"person:{' '.join(word.lower().replace('_', ' ').split())}"], ""
    yield "🙂", ["name:🙂"], ""
    yield "a" * 2048, ["name:" + "a" * 2048, "person:" + "a" * 2048], ""
    yield "🙂" * 2048, ["name:" + "🙂" * 2048], ""
    yield (
        "http://www.flickr.com/photos/90000000105_12345678@N99_m.jpg",
        ["photo:90000000105", "nsid:12345678@N99"],
        "",
    )
    yield "http://www.flickr.com/photos/90000000105.jpg", ["photo:90000000105"], ""
    yield (
        "http://farm6.staticflickr.com/5328/buddyicons/12345678@N99_r.jpg?1400000000#12345678@N99",
        ["nsid:12345678@N99"],
        "",
    )
    yield "https://www.flickr.com/buddyicons/12345678@N99.jpg", ["nsid:12345678@N99"], ""
    yield (
        "https://i2.wp.com/farm4.static.flickr.com/3620/90000000105_abcdef0123.jpg",
        ["photo:90000000105"],
        "",
        True,
    )
    yield (
        "http://l.yimg.com/lo/api/res/1.2/a--/YXhttp://farm3.static.flickr.com/2404/90000000105_1f2e3d4c5b.jpg?v=0",
        ["photo:90000000105"],
        "",
        True,
    )
    yield (
        "https://i2.wp.com/images.example.org/90000000105_abcdef0123.jpg",
        ["image:i2.wp.com/images.example.org/90000000105_abcdef0123.jpg"],
        "",
    )
    yield "https://live.staticflickr.com/video/90000000105/abcdef/1080p.mp4", ["photo:90000000105"], ""
    yield "https://embedr.flickr.com/photos/90000000105", ["photo:90000000105"], ""
    yield "https://commons.flickr.org/members/alice/", ["name:alice"], ""
    yield "https://www.flickr.com/photos/alice/with/90000000105/", ["photo:90000000105", "name:alice"], ""
    for kind in ("albums", "sets"):
        seen_in = f"https://www.flickr.com/photos/alice/{kind}/72157600000000000/with/90000000105/"
        yield seen_in, ["photo:90000000105", "name:alice"], ""
    yield "https://www.flickr.com/photos/%61lice/90000000105", ["photo:90000000105", "name:alice"], ""
    yield "https://www.flickr.com/photos/ali\u200bce/90000000105", ["photo:90000000105", "name:alice"], ""
    yield (
        "http://flickrpicture.example.org/90000000105_1f2e3d4c5b.jpg",
        ["image:flickrpicture.example.org/90000000105_1f2e3d4c5b.jpg"],
        "",
    )
    yield (
        "http://notflickr.com/photos/alice/90000000105",
        ["image:notflickr.com/photos/alice/90000000105"],
        "",
    )
    yield (
        "http://flickr.com.evil.example/photos/alice/90000000105",
        ["image:flickr.com.evil.example/photos/alice/90000000105"],
        "",
    )
    yield (
        "http://static.flickr.com.evil.example/1/90000000105_1f2e3d4c5b.jpg",
        ["image:static.flickr.com.evil.example/1/90000000105_1f2e3d4c5b.jpg"],
        "",
    )
    yield (
        "http://evilstaticflickr.com/1/90000000105_1f2e3d4c5b.jpg",
        ["image:evilstaticflickr.com/1/90000000105_1f2e3d4c5b.jpg"],
        "",
    )
    yield (
        "http://xn--flckr-o2e.com/photos/alice/90000000105",
        ["image:xn--flckr-o2e.com/photos/alice/90000000105"],
        "",
    )
    yield "http://flіckr.com/photos/alice/90000000105", ["image:flіckr.com/photos/alice/90000000105"], ""
    yield "https://flickr.com.:80/photos/alice/90000000105", ["photo:90000000105", "name:alice"], ""
    yield "https://example.org/%zz%", ["image:example.org/%zz%"], ""
    yield "images.example.org/a.jpg", ["image:images.example.org/a.jpg"], ""
    yield "and/or", ["name:and/or", "person:and/or"], ""


def refused() -> Iterator[Vector]:
    """What cannot be searched, and why."""
    for text in ("", " ", "\u200b", "\t\n", "#", "# !", '""'[:0]):
        yield text, [], "empty"
    for text in ("\ud800", "alice\udfff", "https://example.org/\ud83d.jpg"):
        yield text, [], "not_text"
    for text in ("a" * 2049, "🙂" * 2049, "https://example.org/" + "a" * 2048, "x" * 5000):
        yield text, [], "too_long"
    bad = (
        "https://flickr.com@evil.example/photos/alice/90000000105",
        "https://evil.example\\@flickr.com/photos/alice/90000000105",
        "http://ﬂickr.com/photos/alice",
        "https://flickr。com/photos/alice",
        "https://ⓕlickr.com/photos/alice",
        "http://flic\u212ar.com/photos/alice",
        "javascript://flickr.com/%0aalert(1)",
        "ftp://flickr.com/photos/alice/90000000105",
        "ht\ntps://flickr.com/photos/alice",
        "https://",
        "https:///photos/alice",
        "https://exa mple.org/a.jpg",
        "https://example.org:99999999/a.jpg",
        "https://example.org/a\u0000b.jpg",
        "https://flic.kr/p/0OIl",
        "https://flic.kr/p/" + "z" * 12,
        "https://user:word@images.example.org/a.jpg",
        "https://-example.org/a.jpg",
    )
    for text in bad:
        yield text, [], "bad_url"
    for path in ("groups/weddings", "groups/12345678@N99/pool/", "groups"):
        yield f"https://www.flickr.com/{path}", [], "group"
    yield "https://www.flickr.com/gp/alice/0a1b2c", [], "guest_pass"
    for kind in ("s", "y", "ps", "g"):
        yield f"https://flic.kr/{kind}/abc", [], "short_link"
    for path in (
        "",
        "/",
        "/explore",
        "/photos",
        "/photos/tags",
        "/photos/tags/",
        "/photos/upload/",
        "/search/?text=alice",
        "/photo.gne?id=x",
        "/photo.gne",
        "/help/terms",
        "/photos/friends",
    ):
        yield f"https://www.flickr.com{path}", [], "other_page"
    yield "flickr.com", [], "other_page"


KEYS = (
    "nsid:12345678@N99",
    "nsid:20000000001@N99",
    "name:alice",
    "name:дмитрий",
    "name:__proto__",
    "person:jane example",
    "tag:wedding",
    "image:example.org/a/B.jpg?x=1",
    "image:images.example.org/%C3%A9.png",
    "name:🙂",
    "name:edge23785",  # of 65535 shards it is in another if more than 32 bits are taken
)
PHOTOS = (90000000001, 90000004095, 90000004096, 2**37, 2**40 - 1, 999999999999999)


def places() -> Iterator[dict[str, object]]:
    """Where keys are, at several numbers of shards, by plain integer arithmetic on the digest."""
    kinds = {"nsid": "accounts", "name": "accounts", "person": "people", "tag": "tags", "image": "images"}
    for shards in (1, 2, 7, 16, 17, 256, 257, 3000, 65535, 65536):
        width = len(f"{shards - 1:x}")
        for key in (*KEYS, *(f"name:user{number}" for number in range(9))):
            digits = hashlib.sha256(key.encode()).hexdigest()
            shard = int(digits[:8], 16) * shards // 2**32
            yield {
                "key": key,
                "shards": shards,
                "kind": kinds[key.split(":")[0]],
                "shard": f"{shard:x}".zfill(width),
                "entry": digits[4:16],
            }
        for photo in PHOTOS:
            rest, shard = divmod(photo, shards)
            yield {
                "key": f"photo:{photo}",
                "shards": shards,
                "kind": "photos",
                "shard": f"{shard:x}".zfill(width),
                "entry": str(rest),
            }


def main() -> None:
    """Write the files, one vector a line."""
    queries = {
        json.dumps({"query": query, "keys": keys, "reason": reason, "taken": any(taken)}): None
        for query, keys, reason, *taken in (*vectors(), *pasted.queries())
    }
    texts = [json.dumps({"text": text, "all": keys}) for text, keys in pasted.texts()]
    for name, lines in (
        ("queries.json", list(queries)),
        ("texts.json", texts),
        ("keys.json", [json.dumps(one) for one in places()]),
    ):
        (HERE / name).write_text("[\n" + ",\n".join(lines) + "\n]\n", encoding="utf-8")
        print(f"{name}: {len(lines)}")


if __name__ == "__main__":
    main()
