"""Numbers of TIFF tags, and of the ways to see their pixels, that reading and writing share."""

MINISWHITE, MINISBLACK, RGB, PALETTE = 0, 1, 2, 3

DESCRIPTION, X_RESOLUTION, Y_RESOLUTION, RESOLUTION_UNIT = 270, 282, 283, 296
SOFTWARE, XMP, IPTC, PHOTOSHOP, LAYERS, DNG, SUB_PICTURES = (
    305,
    700,
    33723,
    34377,
    37724,
    50706,
    330,
)
ORIENTATION = 274

# Document, page and camera names, software, dates, artist, rating, copyright, Windows' own
# title and keywords, and where an orthophoto lies: nothing that says how pixels are stored.
DESCRIPTIVE = {
    *(269, 270, 271, 272, 274, 285, 305, 306, 315, 316, 18246, 18249, 33432),
    *(33550, 33922, 34264, 34735, 34736, 34737, 40091, 40092, 40093, 40094, 40095),
}
