#!/usr/bin/env python3
"""Prints the Swift table of the font used for labels in images.

The font is 6x13 of X.Org's font-misc-misc ("Public domain font. Share and enjoy."); in Debian,
it is the file usr/share/fonts/X11/misc/6x13.pcf.gz of the package xfonts-base.

Needs Pillow.  Usage: tools/make_font.py 6x13.pcf.gz > Sources/Images/FixedFont+Glyphs.swift
"""

import gzip
import sys

from PIL import PcfFontFile

FIRST, LAST = 32, 126
WIDTH, HEIGHT, ASCENT = 6, 13, 11


def rows(glyph):
    """The rows of a glyph, top down; the leftmost pixel is bit 5."""
    _, (left, top, right, bottom), _, image = glyph
    picture = [0] * HEIGHT
    for y in range(bottom - top):
        for x in range(right - left):
            if image.getpixel((x, y)):
                picture[ASCENT + top + y] |= 1 << (WIDTH - 1 - left - x)
    return picture


def main():
    with gzip.open(sys.argv[1]) as file:
        font = PcfFontFile.PcfFontFile(file)
    print("// Made by tools/make_font.py of 6x13 of font-misc-misc, a public domain font.")
    print("// swift-format-ignore-file")
    print()
    print("extension FixedFont {")
    print("    /// [95 characters][13 rows], from the space on; the leftmost pixel is bit 5.")
    print("    static let glyphs: [UInt8] = [")
    for code in range(FIRST, LAST + 1):
        glyph = ", ".join(f"{row:2}" for row in rows(font.glyph[code]))
        print(f"        {glyph},  // {chr(code)}")
    print("    ]")
    print("}")


main()
