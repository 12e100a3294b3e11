"""Canvas: an SVG picture of boxes, words and arrows; every text is escaped, and nothing in it runs."""

import math
from xml.etree import ElementTree as ET

Group = ET.Element
MARGIN = 32

STYLE = """
svg { color-scheme: light dark; --paper: #fbfaf7; --card: #fff; --ink: #22262b; --faint: #6a675f;
  --edge: #cfcabd; --chip: #f2efe7; --line: #77736a; --end: #b3471d; --fact: #e3ecf7; --filter: #fbeccb;
  --consent: #efe4f5; --result: #2e5a4c;
  font-family: system-ui, "Hiragino Sans", "Noto Sans CJK JP", "Yu Gothic", sans-serif; }
@media (prefers-color-scheme: dark) { svg { --paper: #17191c; --card: #22262b; --ink: #eceae4;
  --faint: #a5a198; --edge: #454a51; --chip: #31363d; --line: #8f8b82; --end: #f0895c; --fact: #27405c;
  --filter: #57431a; --consent: #4a3357; } }
.paper { fill: var(--paper); } .card { fill: var(--card); stroke: var(--edge); }
.never { fill: var(--card); stroke: var(--end); stroke-dasharray: 3 3; }
.chip { fill: var(--chip); } .fact { fill: var(--fact); } .filter { fill: var(--filter); }
.consent { fill: var(--consent); } .result { fill: var(--result); }
.line, .end { fill: none; stroke: var(--line); stroke-width: 1.5; }
.end { stroke: var(--end); stroke-dasharray: 6 4; }
.head { fill: var(--line); } .endhead { fill: var(--end); }
text { fill: var(--ink); } .faint { fill: var(--faint); } .on { fill: #fff; }
.strong { font-weight: 600; } .ends { fill: var(--end); }
"""


def canvas(title: str, description: str, locale: str) -> Group:
    """An empty picture."""
    root = ET.Element("svg", {"xmlns": "http://www.w3.org/2000/svg", "role": "img", "xml:lang": locale})
    ET.SubElement(root, "title").text = title
    ET.SubElement(root, "desc").text = description
    ET.SubElement(root, "style").text = STYLE
    definitions = ET.SubElement(root, "defs")
    for name in ("head", "endhead"):
        marker = ET.SubElement(
            definitions,
            "marker",
            {
                "id": name,
                "viewBox": "0 0 8 8",
                "refX": "7",
                "refY": "4",
                "markerWidth": "8",
                "markerHeight": "8",
                "orient": "auto",
                "markerUnits": "userSpaceOnUse",
            },
        )
        ET.SubElement(marker, "path", {"class": name, "d": "M0 0 8 4 0 8z"})
    return root


def group(parent: Group, label: str) -> Group:
    """A part of the picture with a name of its own."""
    made = ET.SubElement(parent, "g")
    ET.SubElement(made, "title").text = label
    return made


def rectangle(
    parent: Group, corner: tuple[float, float], size: tuple[float, float], look: str, radius: int
) -> None:
    """A box with round corners; `corner` is its upper left."""
    names = dict(zip(("x", "y", "width", "height"), (*corner, *size), strict=True))
    attributes = {name: _number(value) for name, value in names.items()}
    ET.SubElement(parent, "rect", {**attributes, "rx": str(radius), "class": look})


def words(
    parent: Group, x: float, y: float, text: str, look: str, size: float, anchor: str = "start"
) -> None:
    """One line of words; y is their base line."""
    attributes = {"x": _number(x), "y": _number(y), "font-size": _number(size)}
    if look:
        attributes["class"] = look
    if anchor != "start":
        attributes["text-anchor"] = anchor
    ET.SubElement(parent, "text", attributes).text = text


def arrow(parent: Group, points: list[tuple[float, float]], look: str = "line", *, head: bool = True) -> None:
    """A line over several points with round corners, and a head at its end."""
    attributes = {"class": look, "d": _rounded(points)}
    if head:
        attributes["marker-end"] = "url(#endhead)" if look == "end" else "url(#head)"
    ET.SubElement(parent, "path", attributes)


def dot(parent: Group, x: float, y: float) -> None:
    """Where a line parts from another."""
    ET.SubElement(parent, "circle", {"cx": _number(x), "cy": _number(y), "r": "3.5", "class": "head"})


def finished(root: Group, left: float, right: float, bottom: float) -> str:
    """The picture as text, on paper of its size, with room around it; it begins at y = 0."""
    width, height = math.ceil(right - left) + 2 * MARGIN, math.ceil(bottom) + 2 * MARGIN
    corner = (math.floor(left) - MARGIN, -MARGIN)
    root.set("viewBox", f"{corner[0]} {corner[1]} {width} {height}")
    root.set("width", str(width))
    root.set("height", str(height))
    paper = ET.Element("rect", {"x": str(corner[0]), "y": str(corner[1]), "class": "paper"})
    paper.set("width", str(width))
    paper.set("height", str(height))
    root.insert(list(root).index(root.find("defs")) + 1, paper)  # type: ignore[arg-type]
    ET.indent(root)
    return ET.tostring(root, encoding="unicode") + "\n"


def _rounded(points: list[tuple[float, float]], radius: float = 10) -> str:
    """A path that cuts its corners short."""
    steps = [f"M{_number(points[0][0])} {_number(points[0][1])}"]
    for before, corner, after in zip(points, points[1:], points[2:], strict=False):
        start, end = _toward(corner, before, radius), _toward(corner, after, radius)
        steps.append(f"L{_pair(start)} Q{_pair(corner)} {_pair(end)}")
    return " ".join([*steps, f"L{_pair(points[-1])}"])


def _toward(start: tuple[float, float], end: tuple[float, float], far: float) -> tuple[float, float]:
    distance = math.dist(start, end)
    part = min(far, distance / 2) / distance if distance else 0.0
    return start[0] + (end[0] - start[0]) * part, start[1] + (end[1] - start[1]) * part


def _pair(point: tuple[float, float]) -> str:
    return f"{_number(point[0])} {_number(point[1])}"


def _number(value: float) -> str:
    return f"{round(value, 1):g}"
