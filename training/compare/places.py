"""The folder of a report: which file is where, relative to it."""

MANIFEST = "pairs.json"
SCORES = "results.csv"
MARKDOWN = "report.md"
HTML = "report.html"
RESTORED = "restored"
"""Folder of the restored pictures that the sheets show."""

PSNR_CURVES = "figure-4-psnr.png"
SSIM_CURVES = "figure-5-ssim.png"
SHEET = "figure-3-sheet.png"
REAL_SHEET = "figure-6-sheet.png"
"""Figures have the numbers of their counterparts in the paper."""
