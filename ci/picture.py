# SPDX-License-Identifier: GPL-2.0-only
"""Charts as SVG that a browser, a README or a printer shows as it is.

They know nothing of benches: bars() draws rows of labelled bars, matrix() a table
whose cells are the darker the more they say.
"""
from dataclasses import dataclass, field
from xml.sax.saxutils import escape

LIGHT = {'paper': '#ffffff', 'ink': '#1f2328', 'dim': '#59636e',
         'grid': '#d8dee4', 'mark': '#8c959f',
         'fills': ('#9aa4af', '#0969da', '#bf8700', '#8250df', '#1a7f37')}
DARK = {'paper': '#0d1117', 'ink': '#e6edf3', 'dim': '#9198a1',
        'grid': '#262c36', 'mark': '#656c76',
        'fills': ('#6e7681', '#4493f8', '#d29922', '#ab7df8', '#3fb950')}
FONT = ("system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', "
        "'DejaVu Sans', Arial, sans-serif")

WIDTH, MARGIN, LABELS, VALUES, REMARKS = 900, 24, 210, 200, 70
BAR, BAR_GAP, ROW_GAP = 11, 3, 14


@dataclass
class Bar:
    series: int       # which of the series
    share: float      # its length: 1.0 is the reference
    text: str         # written at the right
    remark: str = ''  # and at the very right


@dataclass
class Row:
    label: str
    note: str = ''    # under the label
    bars: list = field(default_factory=list)
    words: str = ''   # shown where a pointer rests on the row


@dataclass
class Cell:
    text: str
    shade: float      # 0 to 1
    words: str = ''   # shown where a pointer rests on the cell


def rules(theme):
    lines = [f'.paper{{fill:{theme["paper"]}}}', f'.ink{{fill:{theme["ink"]}}}',
             f'.dim{{fill:{theme["dim"]}}}', f'.grid{{stroke:{theme["grid"]}}}',
             f'.mark{{stroke:{theme["mark"]}}}']
    lines += [f'.s{i}{{fill:{fill}}}' for i, fill in enumerate(theme['fills'])]
    return ''.join(lines)


class Canvas:
    def __init__(self):
        self.parts = []

    def text(self, x, y, words, css='ink', size=13, anchor='start', weight=400):
        if not words:
            return
        self.parts.append(
            f'<text x="{x:g}" y="{y:g}" class="{css}" font-size="{size}" '
            f'text-anchor="{anchor}" font-weight="{weight}">{escape(words)}</text>')

    def rect(self, x, y, width, height, css, radius=0):
        self.parts.append(
            f'<rect x="{x:g}" y="{y:g}" width="{width:.2f}" height="{height:g}" '
            f'rx="{radius}" class="{css}"/>')

    def line(self, x1, y1, x2, y2, css, dash=''):
        self.parts.append(
            f'<line x1="{x1:g}" y1="{y1:g}" x2="{x2:g}" y2="{y2:g}" '
            f'class="{css}"' + (f' stroke-dasharray="{dash}"' if dash else '') +
            '/>')


def steps(longest):
    """The places of the grid: a handful, at round shares."""
    for step in (0.25, 0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000):
        if longest / step <= 6:
            break
    return [step * i for i in range(int(longest / step + 1e-9) + 1)]


def document(title, width, height, canvas):
    return '\n'.join([
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:g} {height:g}" '
        f'width="{width:g}" height="{height:g}" role="img" font-family="{FONT}">',
        f'<title>{escape(title)}</title>',
        f'<style>{rules(LIGHT)}@media (prefers-color-scheme:dark){{'
        f'{rules(DARK)}}}</style>',
        *canvas.parts, '</svg>', ''])


def bars(title, subtitle, series, rows, reference='', footer=''):
    """The SVG text. With a reference, the axis is in per cent of it."""
    longest = max([bar.share for row in rows for bar in row.bars] + [1.0])
    left, right = MARGIN + LABELS, WIDTH - MARGIN - VALUES
    scale = (right - left) / longest
    top = 108 if reference else 88
    canvas, y = Canvas(), top

    body = []
    for row in rows:
        height = max(len(row.bars) * (BAR + BAR_GAP) - BAR_GAP, 26)
        body.append((row, y, height))
        y += height + ROW_GAP
    bottom = y - ROW_GAP + 8
    full = bottom + (44 if footer else 20)

    canvas.rect(0, 0, WIDTH, full, 'paper')
    canvas.text(MARGIN, 34, title, size=18, weight=600)
    canvas.text(MARGIN, 55, subtitle, 'dim')
    x = MARGIN
    for i, name in enumerate(series if len(series) > 1 else []):
        canvas.rect(x, 68, 11, 11, f's{i % 5}', 2)
        canvas.text(x + 17, 78, name, size=12)
        x += 17 + 8 * len(name) + 18
    if reference:
        for share in steps(longest):
            x, is_reference = left + share * scale, share == 1.0
            canvas.line(x, top - 8, x, bottom,
                        'mark' if is_reference else 'grid',
                        '4 3' if is_reference else '')
            canvas.text(x, top - 14,
                        f'{share * 100:g} % of {reference}' if is_reference
                        else f'{share * 100:g} %', 'dim', 11, 'middle')
    else:
        canvas.line(left, top - 8, left, bottom, 'grid')
    for row, y, height in body:
        middle = y + height / 2
        canvas.parts.append(f'<g><title>{escape(row.words or row.label)}</title>')
        canvas.text(MARGIN, middle - 2 if row.note else middle + 4, row.label,
                    size=13, weight=600)
        if row.note:
            canvas.text(MARGIN, middle + 12, row.note, 'dim', 11)
        at = y + (height - len(row.bars) * (BAR + BAR_GAP) + BAR_GAP) / 2
        for bar in row.bars:
            canvas.rect(left, at, max(bar.share * scale, 1), BAR,
                        f's{bar.series % 5}', 2)
            canvas.text(WIDTH - MARGIN - REMARKS, at + BAR - 1.5, bar.text,
                        size=12, anchor='end')
            canvas.text(WIDTH - MARGIN, at + BAR - 1.5, bar.remark, 'dim', 12,
                        'end')
            at += BAR + BAR_GAP
        canvas.parts.append('</g>')
    if footer:
        canvas.text(MARGIN, bottom + 26, footer, 'dim', 11)

    return document(title, WIDTH, full, canvas)


CELL, CELL_WIDTH = 26, 74


def matrix(title, subtitle, columns, rows, footer=''):
    """The SVG text. rows: [(label, [Cell or None, one for each column])]."""
    labels = 8 * max([len(label) for label, _ in rows] + [12]) + 12
    width = max(MARGIN * 2 + labels + CELL_WIDTH * len(columns), 560)
    canvas, y = Canvas(), 78
    full = y + 16 + CELL * len(rows) + (44 if footer else 20)
    canvas.rect(0, 0, width, full, 'paper')
    canvas.text(MARGIN, 34, title, size=18, weight=600)
    canvas.text(MARGIN, 55, subtitle, 'dim')
    for i, column in enumerate(columns):
        canvas.text(MARGIN + labels + CELL_WIDTH * (i + 0.5), y + 8, column, 'dim', 12,
                    'middle')
    y += 16
    for label, cells in rows:
        canvas.text(MARGIN, y + 17, label, size=13, weight=600)
        for i, cell in enumerate(cells):
            if cell is None:
                continue
            x = MARGIN + labels + CELL_WIDTH * i
            canvas.parts.append(f'<g><title>{escape(cell.words or label)}</title>')
            canvas.parts.append(
                f'<rect x="{x + 1:g}" y="{y + 1:g}" width="{CELL_WIDTH - 2}" '
                f'height="{CELL - 2}" rx="3" class="s1" '
                f'fill-opacity="{0.05 + 0.5 * cell.shade:.2f}"/>')
            canvas.text(x + CELL_WIDTH / 2, y + 17, cell.text, size=12, anchor='middle')
            canvas.parts.append('</g>')
        y += CELL
    if footer:
        canvas.text(MARGIN, y + 26, footer, 'dim', 11)
    return document(title, width, full, canvas)
