"""What people paste around an identifier, as queries and what they mean, put together piece by piece.

The kinds come from public reports of tools that read Flickr addresses; their names stand beside them.
"""

import itertools
from collections.abc import Iterator
from urllib.parse import quote

Vector = tuple[str, list[str], str, bool]
"""A query, its keys, the reason where there are none, and whether it was taken out of a longer text."""

NUMBER = "90000000777"
PHOTO, OWNER, NSID = f"photo:{NUMBER}", "name:nobody", "nsid:10000001@N99"
PAGE = f"https://www.flickr.com/photos/nobody/{NUMBER}"
STATIC = f"https://live.staticflickr.com/65535/{NUMBER}_0a1b2c3d4e_c.jpg"
LINKS = {
    PAGE: [PHOTO, OWNER],
    f"{PAGE}/": [PHOTO, OWNER],
    f"http://www.flickr.com/photos/10000001@N99/{NUMBER}/in/photostream/": [PHOTO, NSID],
    "https://www.flickr.com/photos/nobody/": [OWNER],
    "https://www.flickr.com/people/10000001@N99": [NSID],
    STATIC: [PHOTO],
    "https://flic.kr/p/2P": ["photo:105"],
    "10000001@N99": [NSID],
    f"10000001@N99/{NUMBER}": [PHOTO, NSID],
    f"{NUMBER}_b941ab820b_o.jpg": [PHOTO],
}
"""Where a bare name of a host would do as well, it is among WHOLE below."""

BESIDE = (  # text before and after: starfishmod/jquery-oembed-all#13, share sheets, chats
    "hi look at this {}",
    "Check out this photo on Flickr! {} ",
    "{} look at this",
    "{}\nMy dog",
    "1. {}",
    "Alice: {} (2014)",
    "看这里 {} 谢谢",
    "انظر {} شكرا",
    "Фото: смотри {} !",
    "{} via @example",
    'photo <img src="{}" alt="x">',
    "[my photo]({}) in a post",
    "[url={}]my photo[/url]",
    "[[{}|my photo]]",
    "* [{} my photo]",
    "| file = a | source = {} | author = x",
    '{{"source": "{}", "title": "x"}}',
    "&lt;a href=&quot;{}&quot;&gt;x&lt;/a&gt;",
    "<DT><A HREF='{}' ADD_DATE='1'>x</A>",
    "<item><title>x</title><link>{}</link></item>",
)
AROUND = (  # what a text may be put into without another text: quotes and brackets of many keyboards
    "“{}”", "„{}“", "”{}”", "«{}»", "»{}«", "« {} »", "‹{}›", "‘{}’", "‚{}‘", "「{}」", "『{}』", "《{}》",
    "〈{}〉", "【{}】", "（{}）", "［{}］", "({})", "[{}]", "{{{}}}", "<{}>", '"{}"', "'{}'", "`{}`", "```{}```",
    "*{}*", "**{}**", "_{}_", "~~{}~~", "|{}|", "> {}", "- {}", "• {}", "[[{}]]", "{{{{{}}}}}", "&quot;{}&quot;",
    "{}”", "{}“", "{}»", "{}」", "{}）", "{})", "{}]", "{}>", '{}"', "{}'", "{}`", "{}*", "{}**", "{}|", "{}}}",
    "{}.", "{},", "{};", "{}:", "{}!", "{}?", "{}).", "{}。", "{}、", "{}，", "{}！", "{}？", "{}؟", "{}،", "{}।",
    "\u200f{}\u200f", "\u202a{}\u202c", "\u2066{}\u2069", "\ufeff{}", "\u00a0{}\u00a0", "\u3000{}",
)  # fmt: skip
INTO = (  # addresses that lead to another: it stands in them as it is, or percent-encoded
    "https://web.archive.org/web/20250201054608/{}",  # pathoplexus/pathoplexus#1119
    "https://web.archive.org/web/2010im_/{}",
    "https://web.archive.org/web/*/{}",
    "http://archive.org/wayback/available?url={}",
    "https://archive.ph/2014/{}",
    "https://archive.today/newest/{}",
    "https://webcache.googleusercontent.com/search?q=cache:abc:{}",
    "https://translate.google.com/translate?sl=en&tl=de&u={}",
    "https://login.proxy.example.edu/login?url={}",
    "https://l.facebook.com/l.php?u={encoded}&h=AT0",
    "https://www.google.com/url?sa=t&q={encoded}&usg=x",
    "https://www.google.com/imgres?imgurl={encoded}&w=800",
    "https://www.google.com/imgres?imgrefurl={encoded}&tbnid=x",
    "https://duckduckgo.com/l/?uddg={encoded}",
    "https://external-content.duckduckgo.com/iu/?u={encoded}&f=1",
    "https://images.weserv.nl/?url={encoded}&w=300",
    "https://www.google.com/url?q={twice}",
    "https://example.org/go?to={thrice}",
    "http://www.flickr.com/services/oembed/?format=json&url={encoded}",  # php-embed/Embed#351
    "http://www.flickr.com/services/oembed/?url={}&format=json",
    "https://identity.flickr.com/login?redir={encoded}",
    "mailto:?subject=A%20photo&body=Look%20at%20{encoded}",
    "mailto:friend@example.org?body=Look%3A%0D%0A{encoded}%0D%0A",
    "https://example.org/share#{}",
    "android-app://com.example/https/{bare}",
    "https://i0.wp.com/{bare}",
)
SAME_AS_WHOLE = (  # other ways to write, or to be led to, a Flickr page of the same path
    "www.flickr.com{}",
    "flickr.com{}",
    "m.flickr.com{}",
    "secure.flickr.com{}",  # mikf/gallery-dl#2910
    "http://www.flickr.net{}",
    "flickr.net{}",
    "https//www.flickr.com{}",
    "http:/www.flickr.com{}",
    "https:www.flickr.com{}",
    "htp://www.flickr.com{}",
    "htps://www.flickr.com{}",
    "hhtps://www.flickr.com{}",
    "httpss://www.flickr.com{}",
    "ttps://www.flickr.com{}",
    "https;//www.flickr.com{}",
    "https:///www.flickr.com{}",
    "https: //www.flickr.com{}",
    "https:// www.flickr.com{}",
    "https ://www.flickr.com{}",
    "http://http://www.flickr.com{}",
    "https://https//www.flickr.com{}",
    "view-source:https://www.flickr.com{}",
    "feed:https://www.flickr.com{}",
    "feed://www.flickr.com{}",
    "URL:https://www.flickr.com{}",
    "Source:www.flickr.com{}",
    "https://m.flickr.com/#{}",
    "https://m.flickr.com/#!{}",
    "https:\\/\\/www.flickr.com{}",
    "https:\\\\www.flickr.com{}",
    "HTTPS://WWW.FLICKR.COM{}",
    "https://www.flickr.com./{}",
    "https%3A%2F%2Fwww.flickr.com{}",
    "https://www-flickr-com.translate.goog{}",
    "https://www-flickr-com.pc181.lib.example.edu{}",
    "https://www-flickr-com.ezproxy.example.org{}",
    "https://www-flickr-com.libproxy.example.ac.uk{}",
    "http://www.flickr.com.proxy.example.edu{}",
    "http://www.flickr.com.ezproxy.lib.example.org:2048{}",
    "https://www.flickr.com/x/t/0090009{}",
)
TAILS = (
    "&utm_source=x", "?utm_source=ig_web&fbclid=x", "#utm", ".html", ".htm", "/index.html", "%3Futm_source%3Dx",
    "/play/orig/9213a03c04/",  # faisalraja/flickrsmartsync#50
    "/in/faves-10000002@N99/",  # StigNygaard/xIFr#21
    "/in/pool-10000002@N99/lightbox/", ";jsessionid=1", "%20", "%22", "%E2%80%9D", "\\n", "看", " - Flickr",
)  # fmt: skip
CUT = (
    "https://www.flickr.com/photos/nobody/900000…",
    "https://www.flickr.com/photos/nobody/900000...",
    "https://www.flickr.com/photos/nobody/900000..",
    "https://www.flickr.com/photos/nobody/900000%E2%80%A6",
    "www.flickr.com/photos/nobody/9000…",
    "https://www.flickr.com/photos/nobody/…",
    "https://www.flickr.com/photos/nob…",
    "https://www.flickr.com/photos/nob...",
    "see flickr.com/photos/nobody/90000… now",
    "https://flic.kr/p/2ou…",
    "https://flic.kr/p/2ou...",
    "https://web.archive.org/web/2014/https://www.flickr.com/photos/nobody/900…",
    "https://www.flickr.com/photos/nobody/90000000777９",
    "https://www.flickr.com/photos/nobody/9000000077712345678",
)


def queries() -> Iterator[Vector]:
    """Every pasted query."""
    for (link, keys), around in itertools.product(LINKS.items(), AROUND):
        yield around.format(link), keys, "", False
    for (link, keys), beside in itertools.product(LINKS.items(), BESIDE):
        yield beside.format(link), keys, "", True
    for (link, keys), pattern in itertools.product(LINKS.items(), INTO):
        if "flic" in link:
            yield _into(pattern, link), keys, "", True
    for way, path in itertools.product(
        SAME_AS_WHOLE, (f"/photos/nobody/{NUMBER}", f"/photos/nobody/{NUMBER}/")
    ):
        yield way.format(path), [PHOTO, OWNER], "", False
    for way in SAME_AS_WHOLE:
        yield way.format("/photos/10000001@N99/"), [NSID], "", False
    for tail in TAILS:
        yield PAGE + tail, [PHOTO, OWNER], "", tail == " - Flickr"
    for link, keys in LINKS.items():
        for again in ("{}\n{}", "{} {}", "{}, {}", "<{}><{}>", "{}|{}"):
            yield again.format(link, link), keys, "", False
        if "://" in link:
            yield link + link, keys, "", False  # a line break that a field of one line has dropped
    for text in CUT:
        yield text, [], "bad_url", False
    yield f"{PAGE}/in/photost…", [PHOTO, OWNER], "", False
    yield from one_photo()
    yield from pages()
    yield from accounts()
    yield from files()
    yield from numbers()
    yield from words()
    yield from several()
    yield from refused()


def _into(pattern: str, link: str) -> str:
    once = quote(link, safe="")
    twice = quote(once, safe="")
    bare = link.partition("://")[2]
    return pattern.format(link, encoded=once, twice=twice, thrice=quote(twice, safe=""), bare=bare)


def one_photo() -> Iterator[Vector]:
    """Longer texts in which all that is named is one photo and whose it is."""
    embed = (  # dreamwidth/dreamwidth#1578
        f'<a data-flickr-embed="true" href="{PAGE}/in/dateposted/" title="x"><img src="{STATIC}" width="800" alt="x">'
        '</a><script async src="//embedr.flickr.com/assets/client-code.js" charset="utf-8"></script>'
    )
    yield embed, [PHOTO, OWNER], "", True
    yield embed.replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;"), [PHOTO, OWNER], "", True
    yield f"[url={PAGE}][img]{STATIC}[/img][/url]", [PHOTO, OWNER], "", True
    yield f"[![x]({STATIC})]({PAGE})", [PHOTO, OWNER], "", True
    yield (
        f"[url={PAGE}]x[/url] by [url=https://www.flickr.com/photos/nobody/]nobody[/url], on Flickr",
        [PHOTO, OWNER],
        "",
        True,
    )
    feed = (
        f'<entry><link href="{PAGE}/"/><id>tag:flickr.com,2005:/photo/{NUMBER}</id><author><name>n</name>'
        "<uri>https://www.flickr.com/people/nobody/</uri><flickr:nsid>10000001@N99</flickr:nsid></author></entry>"
    )
    yield feed, [PHOTO, NSID, OWNER], "", True
    yield f"{PAGE}, https://www.flickr.com/photos/nobody", [PHOTO, OWNER], "", False
    yield f"https://images.example.org/x.jpg?from={PAGE}", [PHOTO, OWNER], "", True
    yield f"{PAGE}?return=https://www.flickr.com/photos/alice/90000000778", [PHOTO, OWNER], "", False
    yield f"https://flic.kr/p/2P {STATIC.replace(NUMBER, '105')}", ["photo:105"], "", False
    yield f"https://www.flickr.com/photos/nobody/\n{NUMBER}", [PHOTO, OWNER], "", False
    yield f"https://www.flickr.com/photos/nobody/ {NUMBER}/", [PHOTO, OWNER], "", False
    yield f"www.flickr.com / photos / nobody / {NUMBER}", [PHOTO, OWNER], "", False
    yield f"www.flickr,com/photos/nobody/{NUMBER}", [PHOTO, OWNER], "", False
    yield "https://www.flickr.com/photos/nobody/9000\u200b0000777", [PHOTO, OWNER], "", False
    yield PAGE.replace("/", "\\u002F"), [PHOTO, OWNER], "", False
    yield f"https://www.flickr.com/photos/bruno\\_b/{NUMBER}", [PHOTO, "name:bruno_b"], "", False
    yield f"https://www.flickr.com/photos/me/{NUMBER}", [PHOTO], "", False
    yield f"https://www.flickr.com/photos/a%20b/{NUMBER}", [PHOTO], "", False
    yield f"https://live.staticflickr.com/65535/{NUMBER}_0a1b2c…", [PHOTO], "", False
    yield f"live-staticflickr-com.ezproxy.example.edu/65535/{NUMBER}_0a1b2c3d4e.jpg", [PHOTO], "", False
    yield f"https://www.flickr.com:8080/photos/nobody/{NUMBER}", [PHOTO, OWNER], "", False


def pages() -> Iterator[Vector]:
    """Pages that name a person or a photo by something else than /photos/<person>/<photo>."""
    for path in (
        "albums/72157600000000001", "albums/72157600000000001/page2", "sets/72157600000000001/", "albums", "sets/1234/",
        "galleries/72157600000000001/", "gallery/72157600000000001", "favorites", "favorites/page3", "72157600000000001",
        "groups/", "archives/date-posted/2010/", "with/",
    ):  # fmt: skip
        yield f"https://www.flickr.com/photos/nobody/{path}", [OWNER], "", False
        yield f"https://www.flickr.com/photos/10000001@N99/{path}", [NSID], "", False
    for path in ("favorites", "galleries/72157600000000001", "albums/72157600000000001"):
        yield f"https://www.flickr.com/photos/nobody/{path}/with/{NUMBER}/", [PHOTO, OWNER], "", False
    yield "https://www.flickr.com/groups/weddings/pool/10000001@N99/", [NSID], "", False
    yield "https://www.flickr.com/groups/weddings/pool/nobody/", [OWNER], "", False
    yield f"https://www.flickr.com/groups/weddings/pool/with/{NUMBER}", [PHOTO], "", False
    api = "https://api.flickr.com/services"
    for query in (
        "id=10000001@N99&lang=en-us",
        "lang=de&ids=10000001@N99",
        "format=rss_200&id=10000001%40N99",
    ):
        yield f"{api}/feeds/photos_public.gne?{query}", [NSID], "", False  # Automattic/jetpack#7084
        yield f"feed://api.flickr.com/services/feeds/photos_public.gne?{query}", [NSID], "", False
    yield f"{api}/feeds/photos_faves.gne?nsid=10000001@N99", [NSID], "", False
    yield f"{api}/rest/?method=flickr.photos.getInfo&photo_id={NUMBER}", [PHOTO], "", False
    yield f"{api}/rest/?method=flickr.x&photo_id={NUMBER}&user_id=10000001%40N99", [PHOTO, NSID], "", False
    yield f"{api}/rest/?method=flickr.people.getPhotos&user_id=10000001@N99", [NSID], "", False
    yield "https://www.flickr.com/photoset.gne?set=72157600000000001&nsid=10000001@N99", [NSID], "", False
    yield "https://www.flickr.com/search/?w=10000001@N99&q=x", [NSID], "", False
    yield f"https://www.flickr.com/signin/?acf=%2Fphotos%2Fnobody%2F{NUMBER}%2F", [PHOTO, OWNER], "", False
    yield f"{api}/feeds/groups_pool.gne?id=10000001@N99", [], "group", False
    yield "https://www.flickr.com/groups/10000001@N99/discuss/72157600000000001/", [], "group", False


def accounts() -> Iterator[Vector]:
    """Account numbers in words, however they are written."""
    for before in ("ID: ", "nsid=", "user_id=", "my number is ", "NSID ", "Flickr:", "#", "@", "user/", "u:"):
        yield f"{before}10000001@N99", [NSID], "", before[-1] == " "
    for text in (
        "10000001%40N99", "10000001%2540N99", "10000001&#64;N99", "１０００００１＠Ｎ９９".replace("０１＠", "００１＠"),
        "10000001@n99.", "(10000001@N99)", "10000001 @ N99", '"nsid":"10000001@N99"'[7:], "10000001@N99/",
    ):  # fmt: skip
        yield text, [NSID], "", False
    yield "my account is 10000001 @N99", [NSID], "", True
    yield "私は１００００００１＠Ｎ９９です", [NSID], "", True
    yield f"10000001@N99 {NUMBER}", [PHOTO, NSID], "", False
    yield f"10000001@N99_{NUMBER}", [PHOTO, NSID], "", False
    host = "hive.example.org/user/10000001@N99"
    yield f"https://{host}", [NSID, f"image:{host}"], "", False
    # invisible characters do not make a name of a number, however many there are
    yield "1" + "\u200b" * 52 + "0000001@N99", [NSID], "", False
    yield "1" + "\u200b" * 53 + "0000001@N99", [NSID], "", False
    yield "1" + "\u200b" * 2000 + "0000001@N99", [NSID], "", False


def files() -> Iterator[Vector]:
    """Names that Flickr gives to files: brownphotographic/Flickr2Any-Tool#18, and its data export."""
    names = (
        f"{NUMBER}_b941ab820b_o.jpg", f"{NUMBER}_b941ab820b.jpg", f"{NUMBER}_b941ab820b_3k.JPG", f"{NUMBER}_0a1b2c3d_o.png",
        f"dsc_0026_{NUMBER}_o.jpg", f"title_{NUMBER}_o.jpg", f"img_1234_{NUMBER}_b.jpg", f"20140102_{NUMBER}_o.jpg",
        f"photo_{NUMBER}.json", f"{NUMBER}.jpg", f"holiday_{NUMBER}.mp4", f"a-b-c_{NUMBER}_o.gif",
        f"{NUMBER}_b941ab820b_z_d.jpg",
    )  # fmt: skip
    for name in names:
        stem, dot, ending = name.rpartition(".")
        for front in ("", "Pictures/", "D:\\Pictures\\", "./", "~/My Pictures/", "file:///D:/Pictures/"):
            yield front + name, [PHOTO], "", False
        for copy in ("(1)", " (1)", " (12)", " copy", " - Copy"):
            yield f"{stem}{copy}{dot}{ending}", [PHOTO], "", False
            yield f"C:\\My Pictures\\{stem}{copy}{dot}{ending}", [PHOTO], "", False
        yield f"this file: {name} is mine", [PHOTO], "", True
    yield f"my dog_{NUMBER}_o.jpg", [PHOTO], "", False
    yield f"O’Nobody’s dog_{NUMBER}_o.jpg", [PHOTO], "", False
    for name in (
        "IMG_1234.jpg", "img_1234.JPG", "DSC_0001.jpg", "DSC01234.ARW", "P1010001.jpg", "20140102_123456.jpg",
        "PXL_20200101_123456789.jpg", "Screenshot 2020-01-01 at 10.00.00.png", "20140102.jpg", "MVI_0001.mov",
        "D:\\Pictures\\IMG_1234.jpg", "20140102_12345678.jpg", "IMG_20140102_123456.jpg", "party_20140102_o.jpg",
        "12345678_10150000000000000_1234567890_n.jpg", "IMG_1234 (1).jpg", "2014-01-02 10.00.00.jpg",
    ):  # fmt: skip
        yield name, [], "file_name", False


def numbers() -> Iterator[Vector]:
    """Photo numbers as people and spreadsheets write them: pandas-dev/pandas#48170, DocNow/twarc-csv#51."""
    for text in (
        f"{NUMBER}.0", f"{NUMBER}.00", f"{NUMBER},0", f'="{NUMBER}"', f"'{NUMBER}", f"({NUMBER})", f"“{NUMBER}”", f"{NUMBER}.",
        "90,000,000,777", "90.000.000.777", "90 000 000 777", "90'000'000'777", "90’000’000’777", "90\u00a0000\u202f000 777",
        "9.0000000777E+10", "9,0000000777E+10", "9.0000000777e10", "٩٠٠٠٠٠٠٠٧٧٧", "۹۰۰۰۰۰۰۰۷۷۷", "９００００００００７７７".replace("００００００００", "０００００００"),
        f"{NUMBER};", f"{NUMBER},", f"[{NUMBER}]", f'"{NUMBER}"', f" {NUMBER}\t",
    ):  # fmt: skip
        yield text, [PHOTO], "", False
    for before in (
        "photo ",
        "Photo ID: ",
        "photo_id=",
        "ID ",
        "Flickr photo number ",
        "my photo is ",
        "no. ",
    ):
        yield before + NUMBER, [PHOTO], "", True
    for text in ("9.0E+10", "9,0E+10", "9E+10", "9.00000008e+10", "9.0e10", "9,00000001E+10"):
        yield text, [], "spoilt", False
    for text in ("9e10", "90.000", "1,2", "9.0.0.0", "90,00,00,00,777", "900,000,00"):
        yield text, [f"name:{text}"] + ([f"person:{text}"] if "e" in text else []), "", False
    yield "72157600000000001", [], "album", False


def words() -> Iterator[Vector]:
    """Names as they are typed, and as they are compared."""
    yield "@alice-example", ["name:@alice-example", "name:alice-example", "person:@alice-example"], "", False
    yield "@Bruno_B", ["name:@bruno_b", "name:bruno_b", "person:@bruno b"], "", False
    for quoted in ("“{}”", "„{}“", "«{}»", "»{}«", "‹{}›", "‘{}’", "「{}」", '"{}"', "'{}'", " “{}” "):
        yield quoted.format("Alice-Example"), ["name:alice-example", "person:alice-example"], "", False
    for mark in "’‘‛ʼʻ′`´＇'":
        yield f"Conan O{mark}Example", ["name:conan o'example", "person:conan o'example"], "", False
    for mark in "‐‑‒–—―−﹣－-":
        yield f"Anna{mark}Maria Muster", ["name:anna-maria muster", "person:anna-maria muster"], "", False
    for typed in (
        "J.R. Sample",
        "J. R. Sample",
        "J R Sample",
        "JR Sample",
        "j.r.sample",
        "J . R. Sample".replace(" .", "."),
    ):
        person = "jr sample"
        yield typed, [f"name:{typed.lower()}", f"person:{person}"], "", False
    for typed, person in (
        ("Søren Ørsted", "soren orsted"), ("Łukasz", "lukasz"), ("Đorđe", "dorde"), ("Weiß", "weiss"), ("Æsop", "aesop"),
        ("Œuvre", "oeuvre"), ("Þór", "thor"), ("Guðrún", "gudrun"), ("Işık", "isik"), ("Ħal", "hal"), ("Ŧáve", "tave"),
        ("Ŋuŋ", "nun"), ("ÅSA", "asa"), ("Ǿre", "ore"), ("WEIẞ", "weiss"), ("Dr.Example", "dr example"), ("Example Jr.", "example jr"),
        ("St. Nobody", "st nobody"), ("Mary J Sample", "mary j sample"), ("李 明", "李明"), ("A. B. C. Nobody...", "abc nobody"),
        ("3.5 mm", "3.5 mm"), ("...nobody", "...nobody"),
    ):  # fmt: skip
        yield typed, [f"name:{typed.lower()}", f"person:{person}"], "", False
    yield "★☆例☆★", ["name:★☆例☆★", "person:★☆例☆★"], "", False  # beaufour/flickr-download#68
    yield "flickr fan", ["name:flickr fan", "person:flickr fan"], "", False
    yield "a.b", ["name:a.b", "person:ab"], "", False


def several() -> Iterator[Vector]:
    """More than one identifier where one is searched."""
    other = "https://www.flickr.com/photos/alice/90000000778"
    for text in (
        f"{PAGE} {other}", f"{PAGE}\n{other}", PAGE + other, f"{PAGE},{other}", "10000001@N99 10000002@N99", "10000001@N99,10000002@N99",
        "10000001@N9910000002@N99", f"{STATIC} and {other}", "https://flic.kr/p/2P https://flic.kr/p/3Q",
        f"https://www.google.com/url?q={quote(PAGE, safe='')} {other}", f"[a]({PAGE})[b]({other})",
        f"trip_{NUMBER}_o.jpg beach_90000000778_o.jpg",
        f"{NUMBER}_b941ab820b_o.jpg 90000000778_b941ab820b_o.jpg", f"{PAGE} https://images.example.org/a.jpg",
        "https://www.flickr.com/photos/nobody/ https://www.flickr.com/photos/alice/",
    ):  # fmt: skip
        yield text, [], "several", False
    yield f"{PAGE} https://www.example.org/about", [PHOTO, OWNER], "", True


def refused() -> Iterator[Vector]:
    """What cannot be searched, with advice that can be followed."""
    for text in (
        "alice@example.org",
        "Alice.B@mail.example.org",
        "mailto:alice@example.org",
        "alice@flickr.com",
        "me: a_b+c@example.org.",
    ):
        yield text, [], "email", False
    for text in (
        f"flickr://photos/nobody/{NUMBER}", "flickr://people/10000001", "https://flickr.app.link/AbCdEf", "flickr.app.link/AbC",
        "open https://flickr.app.link/AbCdEf",
    ):  # fmt: skip
        yield text, [], "app_link", False
    yield (
        "https://www.flickr.com/photos/e/yhu1uppujpzl6itkqapu9whjtowg0cgvvijwmlrlpx0=",
        [],
        "guest_pass",
        False,
    )
    yield "see https://www.flickr.com/gp/nobody/0a1b2c !", [], "guest_pass", False
    for kind in ("s", "y", "ps", "g"):
        yield f"my album https://flic.kr/{kind}/aHsjABCdef", [], "short_link", False
    yield "http://farm9.staticflickr.com/8499/72157600000000001_0a1b2c3d4e_n.jpg", [], "album", False
    for text in (
        "www.flickr.com", "look: flickr.com", "https://www.flickr.com/nobody", "https://farm3.staticflickr.com/about.html",
        "https://web.archive.org/web/2014/https://www.flickr.com/explore", "http://www.flickr.com/services/oembed/?url=x",
        "https://l.facebook.com/l.php?u=https%3A%2F%2Fwww.flickr.com%2Fexplore",
    ):  # fmt: skip
        yield text, [], "other_page", False
    for text in (
        "hello :// there", "https://www.flickr", "see https:// now", "https://flickr.com@evil.example/photos/nobody/90000000777 look",
        "https://nobody:word@www.flickr.com/photos/nobody/90000000777", "sftp://www.flickr.com/photos/nobody/90000000777",
        "http://flic\u200bkr.com@evil.example/p/2P",
    ):  # fmt: skip
        yield text, [], "bad_url", False
    for image in (
        "flickr.com.evil.example/photos/nobody/90000000777", "m.flickr.com.evil.example/photos/nobody/90000000777",
        "www-flickr-com.evil.example/photos/nobody/90000000777", "myflickr.com/photos/nobody/90000000777",
        "flickr.company.example/photos/nobody/90000000777", "example.org/a.jpg?ref=flickr.com", "flіckr.com/p/2P",
        "аflickr.com/photos/nobody/90000000777", "flickr.co/photos/nobody/90000000777",
    ):  # fmt: skip
        yield f"https://{image}", [f"image:{image}"], "", False
    yield f"https://flickr.com.evil.example/?u={PAGE}", [PHOTO, OWNER], "", True
    image = "images.example.org/a.jpg"
    for text in ("see https://{} now", "<img src='https://{}'>", "a picture: {}"):
        yield text.format(image), [f"image:{image}"], "", True
    for text in ("https://{}”", "(https://{})", "https://{}.", "“https://{}”", "https://{}*"):
        yield text.format(image), [f"image:{image}"], "", False
    for odd in (
        "images.example.org/my photo.jpg",
        "images.example.org/a|b.jpg",
        "example.org/?a=[1]",
        "example.org/a,b_c.jpg",
    ):
        yield f"https://{odd}", [f"image:{odd}"], "", False
    for text in ("{} 90000000778", "{}, 90000000778", "{};90000000778; 90000000779", "90000000778\n{}"):
        yield text.format(NUMBER), [], "several", False
    yield f"{NUMBER}, {NUMBER}", [PHOTO], "", False
    yield "0000000 0000000", [], "several", False
    # three rounds of percent-encoding are undone in a part of a path, and no more
    yield f"https://www.flickr.com/photos/%252561lice/{NUMBER}", [PHOTO, "name:alice"], "", False
    yield f"https://www.flickr.com/photos/%25252561lice/{NUMBER}", [PHOTO], "", False
    # a code of flic.kr has at most nine letters; ones in front say nothing
    yield "https://flic.kr/p/11111112P", ["photo:105"], "", False
    yield "https://flic.kr/p/111111112P", [], "bad_url", False


def texts() -> Iterator[tuple[str, list[list[str]]]]:
    """Texts and the keys of everything in them."""
    other = ["photo:90000000778", "name:alice"]
    page = "https://www.flickr.com/photos/alice/90000000778"
    yield "", []
    yield "nothing here, 2014, 90000000777", []
    yield f"{PAGE} {page} {PAGE}", [[PHOTO, OWNER], other]
    yield f"10000002@N99,10000001@N99\n{page}", [["nsid:10000002@N99"], [NSID], other]
    yield (
        f"<a href='{PAGE}'><img src='{STATIC}'></a> by https://www.flickr.com/people/nobody/",
        [[PHOTO, OWNER]],
    )
    yield "title_90000000778_o.jpg photo_90000000777.json", [["photo:90000000778"], [PHOTO]]
    yield (
        "https://www.flickr.com/explore https://images.example.org/a.jpg",
        [["image:images.example.org/a.jpg"]],
    )
    yield (
        "\n".join(f"https://flic.kr/p/{code}" for code in ("2P", "2P", "3Q")),
        [["photo:105"], ["photo:164"]],
    )
    yield f"https://l.facebook.com/l.php?u={quote(PAGE, safe='')}&h=x, {page}", [[PHOTO, OWNER], other]
    yield "alice", []
    yield "IMG_1234.jpg", []
    yield f"half of \ud800 {PAGE}", []
