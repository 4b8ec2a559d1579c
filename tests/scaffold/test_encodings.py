"""Encodings are found where bytes say so, and guessed with a sample where several read them."""

from __future__ import annotations

import pytest
from raw_shop import PLAIN_HEADER, drafted_and_previewed, plain_cells, total, write_table

from audiences.scaffold.encodings import encoding_of

TEXTS = {
    "cp1251": "Лампа синяя,Чашка фарфоровая,Стол деревянный,Зеркало круглое,Подушка",
    "koi8_r": "Лампа синяя,Чашка фарфоровая,Стол деревянный,Зеркало круглое",
    "cp1250": "Świeca żółta,Kubek różowy,Łyżka,Stół dębowy,Półka na książki,Żarówka",
    "cp1252": "Müsli Schüssel,Tür grün,Käse,Größe,Stühle,Fläschchen – 5 €",
    "latin_1": "Müsli Schüssel,Tür grün,Käse,Größe,Stühle",
    "gbk": "蓝色台灯,瓷杯,木桌,圆镜子,枕头,蜡烛",
    "cp932": "青いランプ,磁器のカップ,木製テーブル,丸い鏡,枕",
    "cp949": "파란 램프,도자기 컵,나무 테이블,둥근 거울",
    "big5": "藍色檯燈,瓷杯,木桌,圓鏡子,枕頭,蠟燭",
    "cp1253": "Μπλε λάμπα,Πορσελάνινη κούπα,Ξύλινο τραπέζι",
    "cp1254": "Mavi lamba,Ağaç masa,Yuvarlak ayna,Yastık,İnce şamdan",
    "cp866": "Лампа синяя,Чашка фарфоровая,Стол деревянный,Зеркало круглое,Подушка",
    "iso8859_2": "Świeca żółta,Kubek różowy,Łyżka,Stół dębowy,Półka na książki,Żarówka",
    "cp1255": "מנורה כחולה,ספל חרסינה,שולחן עץ",
}


@pytest.mark.parametrize(
    ("encoding", "name"),
    [
        ("cp1251", "windows-1251"), ("koi8_r", "KOI8-R"), ("cp1250", "windows-1250"), ("cp1252", "windows-1252"),
        ("latin_1", "ISO-8859-1"), ("gbk", "GB18030"), ("cp932", "windows-31j"), ("cp949", "x-windows-949"),
        ("big5", "Big5"), ("cp1253", "windows-1253"), ("cp1254", "windows-1254"), ("cp1255", "windows-1255"),
        ("cp866", "IBM866"), ("iso8859_2", "ISO-8859-2"),
    ],
)  # fmt: skip
def test_an_encoding_is_guessed_and_shown_with_words_of_the_file(encoding, name):
    text = "10001,SKU1," + "\n10002,SKU2,".join(TEXTS[encoding].split(","))
    found = encoding_of(text.encode(encoding))
    assert (found.name, found.is_guess) == (name, True)
    assert any(word in found.shown for word in TEXTS[encoding].replace(",", " ").split(" ") if not word.isascii())


@pytest.mark.parametrize(
    ("encoding", "name", "text"),
    [
        ("cp1250", "windows-1250", "Žlutý ručník,Dřevěná lžíce dubová,Věšák na kabáty,Nástěnné hodiny černé"),
        ("cp1250", "windows-1250", "Kék bögre,Fürdőlepedő sárga,Fakanál tölgyfa,Karácsonyi terítő piros"),
        (
            "cp932",
            "windows-31j",
            "ポスター,青い陶器のマグカップ,黄色いバスタオル,樫の木のスプーン,バラの香り,コート掛け",
        ),
        ("cp1254", "windows-1254", "Büyük mavi kupa,Sarı banyo havlusu,Meşe kaşık,Çiçekli yastık"),
        ("latin_1", "ISO-8859-1", "Crème brûlée,Lumière,Forêt,Pêche,Thé vert"),
        ("latin_1", "ISO-8859-1", "Señal,Camión,Taza pequeña,Niño"),
        ("latin_1", "ISO-8859-1", "Rød kop,Grøn stol,Blå lampe"),
        ("latin_1", "ISO-8859-1", "Xícara de cerâmica,Almofada,Lâmpada econômica,Relógio,Colher de pão"),
    ],
    ids=["czech", "hungarian", "japanese", "turkish", "french", "spanish", "danish", "portuguese"],
)
def test_a_language_says_which_encoding_it_is(encoding, name, text):
    lines = "10001,SKU1," + "\n10002,SKU2,".join(text.split(","))
    assert encoding_of(lines.encode(encoding)).name == name


def test_rivals_that_read_as_another_text_are_named():
    found = encoding_of("a,Taza pequeña\nb,Niño\n".encode("latin-1"))
    assert (found.name, "windows-1250 as pequeńa Nińo" in found.evidence) == ("ISO-8859-1", True), found.evidence


@pytest.mark.parametrize(
    ("content", "name", "is_guess"),
    [
        pytest.param("a,b\n1,2\n".encode("utf-16"), "UTF-16", False, id="byte-order-mark"),
        pytest.param(b"\xff\xfe" + "a,b\n".encode("utf-16-le"), "UTF-16", False, id="little-endian"),
        pytest.param("a,b\n1,2\n".encode("utf-16-be") * 20, "UTF-16BE", True, id="no-mark"),
        pytest.param("Tür".encode(), "UTF-8", False, id="utf-8"),
        pytest.param(b"plain", "UTF-8", False, id="ascii"),
        pytest.param("£4,£12".encode("latin-1"), "ISO-8859-1", True, id="a-sign-alone"),
    ],
)
def test_what_the_bytes_say_is_no_guess(content, name, is_guess):
    found = encoding_of(content)
    assert (found.name, found.is_guess) == (name, is_guess)


@pytest.mark.parametrize(("encoding", "text"), [("gbk", "蓝色台灯"), ("utf-16", "Лампа"), ("cp932", "青いランプ")])
def test_a_file_in_another_encoding_is_read_whole(tmp_path, encoding, text):
    cells = lambda line: (*plain_cells(line)[:2], f"{text} {line.product}", *plain_cells(line)[3:])  # noqa: E731
    file = write_table(tmp_path / "other.csv", PLAIN_HEADER, cells, encoding=encoding)
    _, _, found = drafted_and_previewed(file, tmp_path)
    assert (found.tally.kept.money, found.tally.rejected.rows) == (total(), 0)
