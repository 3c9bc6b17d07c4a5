"""From rates to figures, and from figures to Markdown. Knows no program."""

from statistics import median


def spread(values):
    """Median, least and greatest, by these names; nothing of nothing."""
    return {"median": median(values), "from": min(values), "to": max(values)} if values else None


def ratios(ours, theirs):
    """How many times as fast as theirs ours are, for each round that has both rates."""
    return [a / b for a, b in zip(ours, theirs) if a and b]


def figures(programs):
    """Fills in `rate`, and `ratio` of the first program to each that is not Toile's own: all from `rates`, a rate or None
    for each round."""
    ours = programs[0]["rates"]
    for program in programs:
        program["rate"] = spread([rate for rate in program["rates"] if rate])
        program["ratio"] = None if program["own"] else spread(ratios(ours, program["rates"]))


def fastest(programs, own, reduced):
    """Of Toile's programs, or of the others, the one with the highest rate, those of reduced precision among them or not;
    nothing where none has a rate."""
    among = [p for p in programs if p["own"] == own and p["rate"] and (reduced or not p["reduced"])]
    return max(among, key=lambda program: program["rate"]["median"], default=None)


IN_F32, OF_ANY = "the fastest in f32", "the fastest of any precision"


def against_fastest(programs):
    """What Toile is measured by, the first program or its fastest: words and figures."""
    for words, reduced in [(IN_F32, False), (OF_ANY, True)]:
        ours, found = fastest(programs, True, reduced), fastest(programs, False, reduced)
        if ours and found:
            beside = "" if ours is programs[0] else f", beside {ours['name']}"
            yield f"{words}: {found['name']}{beside}", spread(ratios(ours["rates"], found["rates"]))
    for program in programs[1:]:
        if program["own"]:
            yield f"{program['name']} beside {programs[0]['name']}", spread(
                ratios(program["rates"], programs[0]["rates"]))


def count(number):
    return f"{number:,.0f}" if number >= 100 else f"{number:.1f}"


def times(ratio):
    return f"**{ratio['median']:.2f} x**, {ratio['from']:.2f} to {ratio['to']:.2f}" if ratio else ""


def header(cells):
    return [line(cells), "|" + "---|" * len(cells)]


def line(cells):
    return "| " + " | ".join(cells) + " |"


def training(rows):
    """Markdown: a line a program, below a line of each network's first program's; then what that is by the fastest."""
    lines = header(["network", "program", "images a second", "from", "to", "Toile is", "images a round",
                    "training loss"])
    for row in rows:
        name = title(row)
        for program in row["programs"]:
            lines.append(line([name, program["name"], *rate(program), times(program["ratio"]),
                               *(losses(program) if program["rate"] else ["", ""])]))
            name = ""
        for words, ratio in against_fastest(row["programs"]):
            lines.append(line(["", words, "", "", "", times(ratio), "", ""]))
        if ns := spread(row["handover_ns"]):
            lines.append(line(["", "nanoseconds from core to core", *(f"{ns[key]:.0f}" for key in ["median", "from", "to"]),
                               "", "", ""]))
    return lines


def beside_fastest(rows):
    """Markdown: a line a network, a column a program's rate, then Toile beside the fastest others and itself. Nothing where
    there is but one network."""
    if len(rows) < 2:
        return []
    programs = list(dict.fromkeys(program["name"] for row in rows for program in row["programs"]))
    lines = header(["network", *programs, "f32 beside the fastest in f32", "the fastest of any precision beside the others'",
                    "bf16 beside f32"])
    for row in rows:
        rates = {program["name"]: rate(program)[0] for program in row["programs"]}
        found = {words.split(":")[0]: times(ratio) for words, ratio in against_fastest(row["programs"])}
        own = [words for words in found if words not in (IN_F32, OF_ANY)]
        lines.append(line([title(row), *(rates.get(name, "") for name in programs), found.get(IN_F32, ""),
                           found.get(OF_ANY, ""), found[own[0]] if own else ""]))
    return lines


def inference(rows):
    lines = header(["network", "program", "images a second", "from", "to", "a batch takes", "Toile is",
                    "largest difference"])
    for row in rows:
        name = title(row)
        for program in row["programs"]:
            takes = duration(row["batch_size"] / program["rate"]["median"]) if program["rate"] else ""
            lines.append(line([name, program["name"], *rate(program), takes, times(program["ratio"]),
                               f"{program['difference']:.0e}" if program["rate"] else ""]))
            name = ""
    return lines


def title(row):
    threads = f"{row['threads']} thread{'s' * (row['threads'] != 1)}"
    return f"{row['network']}, batch {row['batch_size']}, {threads}"


def rate(program):
    found = program["rate"]
    return [count(found[key]) for key in ["median", "from", "to"]] if found else ["failed", "", ""]


def losses(program):
    return [f"{program['images']:,}", f"{program['first_loss']:.2f} to {program['loss']:.2f}"]


def duration(seconds):
    return f"{seconds * 1e6:,.0f} µs" if seconds < 0.001 else f"{seconds * 1e3:.1f} ms"


def item(text):
    """Of a list; lines after the first belong to it as they are."""
    first, *rest = text.split("\n")
    quoted = ["", "  ```text", *("  " + line for line in rest), "  ```"] if rest else []
    return "\n".join([f"- {first}", *quoted])


def markdown(results):
    """The whole report."""
    lines = [
        f"{results['machine']}, {results['date']}, {results['toile']}, {results['rounds']} rounds:",
        "", "```sh", results["command"], "```",
    ]
    for mode, table in [("training", training), ("inference", inference)]:
        if results[mode]:
            lines += ["", *table(results[mode])]
            if mode == "training":
                lines += ["", *beside_fastest(results[mode])]
    if results["problems"]:
        lines += ["", "Not as it should be:", "", *map(item, results["problems"])]
    return "\n".join(lines) + "\n"
