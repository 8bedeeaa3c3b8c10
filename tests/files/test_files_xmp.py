"""What restored files say of themselves, read back by exiftool; foreign XMP is not damaged."""

import json
import shutil
import subprocess

import numpy as np
import pytest
import zarr
from described_pictures import assert_described, exif_block, noise, save_jpeg, save_png, save_tiff
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from napari_relic_inpaint.files import open_picture, read_picture, write_picture
from napari_relic_inpaint.files.restored import write_restored_steps
from napari_relic_inpaint.files.statement import Statement, record_sha256
from napari_relic_inpaint.files.xmp import OURS, add_statement, new_packet
from napari_relic_inpaint.files.xmp_tree import RDF, UnreadableXmpError, parse
from napari_relic_inpaint.record import CLASSICAL_SOURCE_TYPE, SOURCE_TYPE
from napari_relic_inpaint.steps import finish

EXIFTOOL = shutil.which("exiftool")
needs_exiftool = pytest.mark.skipif(EXIFTOOL is None, reason="needs exiftool")

RECORD = {
    "software": {"name": "napari-relic-inpaint", "version": "0.1.0"},
    "created": "2026-11-28T13:33:40+00:00",
    "digital_source_type": SOURCE_TYPE,
    "settings": {"method": "two-stage"},
    "model": {"name": "relic-base", "version": "0.6", "sha256": {"edge": "1f", "inpaint": "d9"}},
    "warnings": ["größer < als & \x00"],
}
CLASSICAL = {key: value for key, value in RECORD.items() if key != "model"} | {
    "digital_source_type": CLASSICAL_SOURCE_TYPE
}
STATEMENT = Statement.of(RECORD)

# As Photoshop and Lightroom write it: attributes, a history, room at the end.
PACKET = f"""<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/"><!-- by hand -->
 <r:RDF xmlns:r="{RDF}">
  <r:Description r:about="uuid:1" xmlns:photoshop="http://ns.adobe.com/photoshop/1.0/"
    xmlns:xmpMM="http://ns.adobe.com/xap/1.0/mm/" xmlns:e="http://ns.adobe.com/xap/1.0/sType/ResourceEvent#"
    xmlns:Iptc4xmpExt="http://iptc.org/std/Iptc4xmpExt/2008-02-29/" xmlns:dc="http://purl.org/dc/elements/1.1/"
    photoshop:Instructions="one&#xA;two &gt; Iptc4xmpExt:DigitalSourceType='no'"
    Iptc4xmpExt:DigitalSourceType="http://cv.iptc.org/newscodes/digitalsourcetype/digitalCapture">
   <xmpMM:History><r:Seq>
    <r:li e:action="created" e:softwareAgent="Capture One"/></r:Seq></xmpMM:History>
   <dc:creator><r:Seq><r:li>Jürgen Müller</r:li></r:Seq></dc:creator>
  </r:Description>
 </r:RDF>
</x:xmpmeta>
{" " * 3000}
<?xpacket end="w"?>""".encode()


def tags(path):
    """Return what exiftool finds, by group and name."""
    asked = [EXIFTOOL, "-json", "-struct", "-G1", "-n", str(path)]
    return json.loads(subprocess.run(asked, check=True, capture_output=True).stdout)[0]


def assert_said(found, record=RECORD):
    assert found["XMP-iptcExt:DigitalSourceType"] == record["digital_source_type"]
    assert found["XMP-relicInpaint:RecordSHA256"] == record_sha256(record)
    assert found["XMP-relicInpaint:Software"] == "napari-relic-inpaint 0.1.0"
    assert found["XMP-relicInpaint:Model"] == ["relic-base 0.6"]
    assert found["XMP-relicInpaint:Weights"] == [
        "relic-base/edge sha256:1f",
        "relic-base/inpaint sha256:d9",
    ]
    event = found["XMP-xmpMM:History"][-1]
    assert event["Action"] == "edited"
    assert event["SoftwareAgent"] == "napari-relic-inpaint 0.1.0"
    assert record_sha256(record) in event["Parameters"]


@needs_exiftool
@pytest.mark.parametrize("suffix", [".tif", ".png", ".jpg"])
@pytest.mark.parametrize("save", [save_jpeg, save_png, save_tiff])
def test_a_restored_file_says_so_and_keeps_what_the_source_said(tmp_path, suffix, save):
    """The XMP of these samples has no RDF, so it is given some that has."""
    path = save(tmp_path / f"source{ {save_jpeg: '.jpg', save_png: '.png'}.get(save, '.tif') }")
    plain = read_picture(path)
    described = tmp_path / f"described{path.suffix}"
    subprocess.run([EXIFTOOL, "-q", "-XMP:all=", "-o", described, path], check=True)
    subprocess.run([EXIFTOOL, "-q", "-XMP-dc:Creator=Jürgen", described], check=True)
    like = open_picture(described)
    assert like.metadata.icc == plain.metadata.icc
    data = np.asarray(like.data).astype(np.uint8)
    write_picture(tmp_path / f"out{suffix}", data, rgb=True, like=like, record=RECORD)
    found = tags(tmp_path / f"out{suffix}")
    assert_said(found)
    assert found["XMP-dc:Creator"] == ["Jürgen"]
    assert_described(tmp_path / f"out{suffix}")


@needs_exiftool
def test_a_packet_of_other_programs_is_kept_byte_for_byte(tmp_path):
    image = Image.fromarray(noise((8, 8, 3)))
    image.save(tmp_path / "a.jpg", xmp=PACKET)
    like = read_picture(tmp_path / "a.jpg")
    write_picture(tmp_path / "b.tif", like.data, rgb=True, like=like, record=RECORD)
    found = tags(tmp_path / "b.tif")
    assert_said(found)
    assert found["XMP-photoshop:Instructions"].startswith("one\ntwo > Iptc4xmpExt")
    assert found["XMP-dc:Creator"] == ["Jürgen Müller"]
    assert [event["Action"] for event in found["XMP-xmpMM:History"]] == ["created", "edited"]
    assert "digitalCapture" in found["XMP-xmpMM:History"][1]["Parameters"]
    kept = read_picture(tmp_path / "b.tif").metadata.xmp
    assert len(kept) == len(PACKET)  # the room at the end was used
    source_type = b'\n    Iptc4xmpExt:DigitalSourceType="http://cv.iptc.org/newscodes/digitalsourcetype/digitalCapture"'
    for line in PACKET.replace(source_type, b"").replace(b"</r:Seq></xmpMM", b"\n").split(b"\n"):
        assert line.strip() in kept


@pytest.mark.parametrize("room", [0, 1, 2000])
def test_a_packet_with_little_room_at_its_end_or_none_is_no_damaged_one(room):
    """As most programs write it into files that are not to be changed in place."""
    start, _, end = PACKET.partition(b"<?xpacket end=")
    packet = start.rstrip() + b" " * room + b"<?xpacket end=" + end
    said = add_statement(packet, STATEMENT)
    assert record_sha256(RECORD).encode() in said
    assert said.endswith(b"<?xpacket end=" + end)


def test_a_display_rendering_does_not_say_that_damage_was_filled():
    shown = {"software": RECORD["software"], "created": RECORD["created"], "display": {}}
    packet = new_packet(Statement.of(shown))
    assert b"fills shown, not restored anew" in packet
    assert b"damage filled" not in packet
    assert b"method " not in packet


def test_restoring_twice_says_it_once_and_keeps_both_in_the_history():
    again = RECORD | {"created": "2027-01-01T00:00:00+00:00"}
    packet = add_statement(add_statement(PACKET, STATEMENT), Statement.of(again))
    top = parse(packet)
    named = [each for each in top.all() if each.name == (OURS, "RecordSHA256")]
    assert [packet[each.inside : each.close].decode() for each in named] == [record_sha256(again)]
    assert record_sha256(RECORD).encode() in packet
    assert packet.count(b"<stEvt:action>edited") == 2


def test_a_trained_fill_is_not_forgotten_by_a_classical_one():
    packet = add_statement(new_packet(STATEMENT), Statement.of(CLASSICAL))
    assert SOURCE_TYPE.encode() + b"</Iptc4xmpExt:DigitalSourceType>" in packet
    assert CLASSICAL_SOURCE_TYPE.encode() not in packet
    assert CLASSICAL_SOURCE_TYPE.encode() in new_packet(Statement.of(CLASSICAL))


@pytest.mark.parametrize(
    "packet",
    [
        b'<x:xmpmeta xmlns:x="adobe:ns:meta/">\xc3\xa4</x:xmpmeta>',
        PACKET[:500],
        PACKET.replace(b"</x:xmpmeta>", b""),
        PACKET.decode().encode("utf-16"),
        b"\xff" + PACKET,
        b'<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]>' + new_packet(STATEMENT),
        b'<!DOCTYPE a [<!ENTITY b "bbbbbbbbbb">]>' + new_packet(STATEMENT),
        f'<r:RDF xmlns:r="{RDF}">'.encode() + b"<a>" * 5000 + b"</a>" * 5000 + b"</r:RDF>",
        b"no XML",
    ],
)
@pytest.mark.parametrize("suffix", [".tif", ".png", ".jpg"])
def test_damaged_xmp_is_kept_and_the_user_told(tmp_path, packet, suffix):
    image = Image.fromarray(noise((8, 8, 3)))
    image.save(tmp_path / "a.jpg", xmp=packet)
    like = read_picture(tmp_path / "a.jpg")
    out = tmp_path / f"b{suffix}"
    notes = write_picture(out, like.data, rgb=True, like=like, record=RECORD)
    assert any("XMP data of the source is damaged" in note for note in notes)
    assert read_picture(out).metadata.xmp == packet


def test_compressed_xmp_of_a_png_that_cannot_be_unpacked_is_kept(tmp_path):
    path = save_png(tmp_path / "a.png")
    content = path.read_bytes()
    at = content.index(b"XML:com.adobe.xmp") + len(b"XML:com.adobe.xmp\0\1\0\0\0")
    path.write_bytes(content[:at] + b"zz" + content[at + 2 :])
    like = read_picture(path)
    notes = write_picture(tmp_path / "b.png", like.data, rgb=True, like=like, record=RECORD)
    assert any("cannot be unpacked" in note for note in notes)
    assert read_picture(tmp_path / "b.png").metadata.png_chunks == like.metadata.png_chunks


def test_xmp_too_long_for_a_jpeg_makes_room_for_the_statement(tmp_path):
    padded = PACKET.replace(b"M\xc3\xbcller", b"M" * 61000)
    source = tmp_path / "a.tif"
    like = read_picture(save_tiff(source))
    like.metadata.__dict__["xmp"] = padded + b" " * 5000
    data = np.asarray(like.data).astype(np.uint8)
    notes = write_picture(tmp_path / "b.jpg", data, rgb=True, like=like, record=RECORD)
    assert any("too long for a JPEG" in note for note in notes)
    assert record_sha256(RECORD).encode() in read_picture(tmp_path / "b.jpg").metadata.xmp


def test_xmp_that_is_spread_over_a_jpeg_is_told_of(tmp_path):
    Image.fromarray(noise((8, 8, 3))).save(tmp_path / "a.jpg", xmp=PACKET)
    content = (tmp_path / "a.jpg").read_bytes()
    part = b"http://ns.adobe.com/xmp/extension/\0" + b"0" * 32 + bytes(8) + b"<x/>"
    segment = b"\xff\xe1" + (len(part) + 2).to_bytes(2, "big") + part
    (tmp_path / "b.jpg").write_bytes(content[:2] + segment + content[2:])
    assert read_picture(tmp_path / "a.jpg").notes == ()
    (note,) = read_picture(tmp_path / "b.jpg").notes
    assert "only the first of them is read" in note
    assert read_picture(tmp_path / "b.jpg").metadata.xmp == PACKET


def test_a_zarr_folder_says_it_in_its_attributes(tmp_path):
    write_picture(tmp_path / "a.zarr", noise((8, 8, 3)), rgb=True, record=RECORD)
    said = dict(zarr.open_group(str(tmp_path / "a.zarr"), mode="r").attrs)["relic_inpaint"]
    assert said["digital_source_type"] == SOURCE_TYPE
    assert said["record_sha256"] == record_sha256(RECORD)
    assert said["weights"] == ["relic-base/edge sha256:1f", "relic-base/inpaint sha256:d9"]


def test_the_record_beside_the_picture_is_the_one_it_names(tmp_path):
    data = noise((8, 8, 3))
    record = RECORD | {"picture": {"shape": [8, 8, 3], "dtype": "uint8", "sha256": ""}}
    finish(write_restored_steps(tmp_path / "a.tif", data, record, rgb=True))
    beside = json.loads((tmp_path / "a.tif.json").read_text())
    assert "file_sha256" in beside
    said = Statement.of(beside)
    assert said.record_sha256.encode() in read_picture(tmp_path / "a.tif").metadata.xmp


def test_pictures_that_are_not_restored_say_nothing(tmp_path):
    write_picture(tmp_path / "a.tif", noise((8, 8, 3)), rgb=True)
    assert read_picture(tmp_path / "a.tif").metadata.xmp is None


def test_a_picture_turned_upright_says_so_too(tmp_path):
    image = Image.fromarray(noise((8, 12, 3)))
    image.save(tmp_path / "a.jpg", xmp=PACKET, exif=exif_block())
    like = read_picture(tmp_path / "a.jpg")
    assert like.orientation == 6
    write_picture(tmp_path / "b.png", like.data, rgb=True, like=like, record=RECORD)
    again = read_picture(tmp_path / "b.png")
    assert again.orientation == 1
    assert record_sha256(RECORD).encode() in again.metadata.xmp


@given(st.text(max_size=40), st.text(max_size=40), st.binary(max_size=200))
def test_whatever_names_are_in_a_record_the_packet_is_sound(name, method, junk):
    statement = Statement.of(
        RECORD
        | {"model": {"name": name, "version": name, "sha256": name}}
        | {"settings": {"method": method}, "created": name}
    )
    parse(add_statement(PACKET, statement))
    try:
        add_statement(junk, statement)
    except UnreadableXmpError:
        return
    raise AssertionError("random bytes are no XMP")
