#include "diff/diffdocument.h"

#include "diff/displaytext.h"

#include <algorithm>

using namespace Qt::StringLiterals;

namespace Orgtrace::Ui {

using Compare::RowKind;

TextLines::TextLines(QByteArray text) : m_text(std::move(text))
{
    for (qsizetype at = 0; at < m_text.size();) {
        m_starts.push_back(at);
        const qsizetype end = m_text.indexOf('\n', at);
        if (end < 0) {
            break;
        }
        at = end + 1;
    }
}

QByteArrayView TextLines::bytes(int line) const
{
    if (line < 1 || line > count()) {
        return {};
    }
    const qsizetype start = m_starts[size_t(line - 1)];
    qsizetype end = line < count() ? m_starts[size_t(line)] - 1 : m_text.size();
    if (line == count() && end > start && m_text[end - 1] == '\n') {
        --end;
    }
    return QByteArrayView(m_text).sliced(start, end - start);
}

QString TextLines::line(int line) const
{
    return QString::fromUtf8(bytes(line));
}

const QString &DiffDocument::rowText(int row, Side side) const
{
    const Compare::Row &r = sides.rows[row];
    return side == Side::Left ? r.left : r.right;
}

int DiffDocument::rowLine(int row, Side side) const
{
    const Compare::Row &r = sides.rows[row];
    return side == Side::Left ? r.leftLine : r.rightLine;
}

DiffDocumentPtr makeDocument(const QByteArray &oldText, const QByteArray &newText, const QHash<QString, QString> &names)
{
    auto document = std::make_shared<DiffDocument>();
    document->sides = Compare::sideBySide(oldText, newText);
    document->left = TextLines(oldText);
    document->right = TextLines(newText);
    document->names.reserve(names.size());
    for (auto it = names.begin(); it != names.end(); ++it) {
        const qsizetype slash = it.key().indexOf(u'/');
        const QString id = it.key().sliced(slash + 1);
        if (!it.value().isEmpty() && !id.isEmpty() && it.value() != id) {
            document->names.insert(id, it.value());
        }
    }
    DisplayOptions options;
    options.nameOf = [&document](const QString &id) { return document->names.value(id); };
    options.chipColumns = [](const QString &name) { return int(name.size()) + 3; };
    for (const Compare::Row &row : std::as_const(document->sides.rows)) {
        const qsizetype left = displayLine(row.left, options).text.size();
        const qsizetype right = row.kind == RowKind::Same ? 0 : displayLine(row.right, options).text.size();
        document->widestColumns = int(std::max({qsizetype(document->widestColumns), left, right}));
    }
    return document;
}

// -- folding ----------------------------------------------------------------------------------------------------------------

FoldedRows::FoldedRows(const Compare::SideBySide &sides)
{
    const int rows = int(sides.rows.size());
    const bool anyChange = std::ranges::any_of(sides.rows, [](const Compare::Row &row) { return row.kind != RowKind::Same; });
    if (!anyChange || sides.tooLarge) {
        if (rows > 0) {
            m_segments.push_back({0, rows, 0, false});
        }
        renumber();
        return;
    }
    const auto add = [this](int row, int count, bool folded) {
        if (count <= 0) {
            return;
        }
        if (!folded && !m_segments.empty() && !m_segments.back().folded) {
            m_segments.back().rows += count;
        } else {
            m_segments.push_back({row, count, 0, folded});
        }
    };
    for (int row = 0; row < rows;) {
        int end = row;
        const bool same = sides.rows[row].kind == RowKind::Same;
        while (end < rows && (sides.rows[end].kind == RowKind::Same) == same) {
            ++end;
        }
        if (!same) {
            add(row, end - row, false);
        } else {
            const int before = row == 0 ? 0 : Context;
            const int after = end == rows ? 0 : Context;
            const int hidden = end - row - before - after;
            if (hidden < Least) {
                add(row, end - row, false);
            } else {
                add(row, before, false);
                add(row + before, hidden, true);
                add(end - after, after, false);
            }
        }
        row = end;
    }
    renumber();
}

void FoldedRows::renumber()
{
    m_count = 0;
    for (Segment &segment : m_segments) {
        segment.start = m_count;
        m_count += segment.folded ? 1 : segment.rows;
    }
}

size_t FoldedRows::segmentOfItem(int index) const
{
    const auto after = std::ranges::upper_bound(m_segments, index, {}, &Segment::start);
    return size_t(after - m_segments.begin()) - 1;
}

FoldedRows::Item FoldedRows::item(int index) const
{
    Q_ASSERT(index >= 0 && index < m_count);
    const Segment &segment = m_segments[segmentOfItem(index)];
    return segment.folded ? Item{segment.row, segment.rows} : Item{segment.row + index - segment.start, 0};
}

int FoldedRows::indexOfRow(int row) const
{
    if (m_segments.empty()) {
        return -1;
    }
    const auto after = std::ranges::upper_bound(m_segments, row, {}, &Segment::row);
    const Segment &segment = *(after == m_segments.begin() ? after : after - 1);
    return segment.folded ? segment.start : segment.start + std::clamp(row - segment.row, 0, segment.rows - 1);
}

bool FoldedRows::hasFolds() const
{
    return std::ranges::any_of(m_segments, &Segment::folded);
}

void FoldedRows::unfold(int index)
{
    if (index >= 0 && index < m_count) {
        m_segments[segmentOfItem(index)].folded = false;
        renumber();
    }
}

void FoldedRows::reveal(int row)
{
    const int index = indexOfRow(row);
    if (index >= 0 && item(index).folded > 0) {
        unfold(index);
    }
}

void FoldedRows::unfoldAll()
{
    for (Segment &segment : m_segments) {
        segment.folded = false;
    }
    renumber();
}

namespace {

int indentation(QStringView text)
{
    int spaces = 0;
    while (spaces < text.size() && text[spaces] == u' ') {
        ++spaces;
    }
    return spaces;
}

} // namespace

QString enclosingPath(const DiffDocument &document, int row)
{
    constexpr int Reach = 4000; // rows looked back at: a label is worth no more than that
    const QList<Compare::Row> &rows = document.sides.rows;
    if (row < 0 || row >= rows.size()) {
        return {};
    }
    const Side side = rows[row].rightLine != 0 ? Side::Right : Side::Left;
    int indent = indentation(document.rowText(row, side));
    const QStringView first = QStringView(document.rowText(row, side)).trimmed();
    if (first.startsWith(u'}') || first.startsWith(u']')) {
        indent += 2; // a closing bracket belongs to what it closes
    }
    QStringList keys;
    for (int at = row - 1; at >= 0 && at > row - Reach && indent > 2; --at) {
        if (document.rowLine(at, side) == 0) {
            continue;
        }
        const QString &text = document.rowText(at, side);
        const int depth = indentation(text);
        if (depth >= indent) {
            continue;
        }
        indent = depth;
        const LineParts parts = lineParts(text);
        if (parts.hasKey()) {
            keys.prepend(visibleText(text.sliced(parts.keyStart + 1, parts.keyLength - 2), 40));
        }
    }
    return keys.join(u" › "_s);
}

// -- ruler ------------------------------------------------------------------------------------------------------------------

QList<RulerMark> rulerMarks(const Compare::SideBySide &sides, const FoldedRows &folded, int height, int least)
{
    QList<RulerMark> marks;
    const qint64 items = folded.count();
    if (items == 0 || height <= 0) {
        return marks;
    }
    for (int start : sides.changeStarts) {
        for (qsizetype row = start; row < sides.rows.size() && sides.rows[row].kind != RowKind::Same;) {
            const RowKind kind = sides.rows[row].kind;
            qsizetype end = row;
            while (end < sides.rows.size() && sides.rows[end].kind == kind) {
                ++end;
            }
            const qint64 first = folded.indexOfRow(int(row));
            const qint64 last = folded.indexOfRow(int(end - 1)) + 1;
            int top = int(first * height / items);
            const int size = std::max(least, int(last * height / items) - top);
            top = std::max(0, std::min(top, height - size));
            if (!marks.isEmpty() && marks.last().kind == kind && top <= marks.last().top + marks.last().height) {
                marks.last().height = std::max(marks.last().height, top + size - marks.last().top);
            } else {
                marks.append({top, size, kind});
            }
            row = end;
        }
    }
    return marks;
}

// -- text -------------------------------------------------------------------------------------------------------------------

QString selectionText(const DiffDocument &document, Side side, TextPosition from, TextPosition to)
{
    if (to < from) {
        std::swap(from, to);
    }
    QString out;
    bool any = false;
    const int last = std::min(to.row, int(document.sides.rows.size()) - 1);
    for (int row = std::max(0, from.row); row <= last; ++row) {
        const int line = document.rowLine(row, side);
        if (line == 0) {
            continue;
        }
        const qsizetype shown = document.rowText(row, side).size();
        const QString real = document.lines(side).line(line);
        // A column at the end of a row that was cut for display stands for the end of the real line.
        const auto place = [&](int column) { return column >= shown ? real.size() : std::min<qsizetype>(column, real.size()); };
        const qsizetype start = row == from.row ? place(from.column) : 0;
        const qsizetype end = row == to.row ? place(to.column) : real.size();
        if (any) {
            out += u'\n';
        }
        out += QStringView(real).sliced(start, std::max<qsizetype>(0, end - start));
        any = true;
    }
    return out;
}

QString valueText(const TextLines &lines, int line)
{
    const QString first = lines.line(line);
    const LineParts parts = lineParts(first);
    QString value = first.sliced(parts.valueStart, parts.valueLength);
    if (value.startsWith(u'}') || value.startsWith(u']')) {
        return {};
    }
    if (value != u"{" && value != u"[") {
        return value;
    }
    const int indent = indentation(first);
    QStringList out{value};
    for (int at = line + 1; at <= lines.count(); ++at) {
        QString text = lines.line(at);
        const bool closes = indentation(text) <= indent;
        text.remove(0, std::min(indent, indentation(text)));
        if (closes && text.endsWith(u',')) {
            text.chop(1);
        }
        out += text;
        if (closes) {
            break;
        }
    }
    return out.join(u'\n');
}

QList<FindMatch> findMatches(const DiffDocument &document, const QString &needle)
{
    QList<FindMatch> matches;
    if (needle.isEmpty()) {
        return matches;
    }
    const auto search = [&](int row, Side side, const QString &shown) {
        const int line = document.rowLine(row, side);
        if (line == 0) {
            return;
        }
        // Rows hold a cut text of very long lines: those are searched whole.
        const QString text = shown.size() > 1900 ? document.lines(side).line(line) : shown;
        for (qsizetype at = text.indexOf(needle, 0, Qt::CaseInsensitive); at >= 0 && matches.size() < MaxFindMatches;
             at = text.indexOf(needle, at + needle.size(), Qt::CaseInsensitive)) {
            matches.append({row, side, int(at), int(needle.size())});
        }
        const LineParts parts = lineParts(text);
        if (parts.valueLength > 2 && parts.valueLength < 260 && text[parts.valueStart] == u'"' && !document.names.isEmpty()) {
            const auto name = document.names.constFind(text.sliced(parts.valueStart + 1, parts.valueLength - 2));
            if (name != document.names.constEnd() && name->contains(needle, Qt::CaseInsensitive) && matches.size() < MaxFindMatches
                && !text.contains(needle, Qt::CaseInsensitive)) {
                matches.append({row, side, parts.valueStart + 1, parts.valueLength - 2});
            }
        }
    };
    for (int row = 0; row < document.sides.rows.size() && matches.size() < MaxFindMatches; ++row) {
        const Compare::Row &r = document.sides.rows[row];
        if (r.kind != RowKind::Same) {
            search(row, Side::Left, r.left);
        }
        search(row, Side::Right, r.right);
    }
    return matches;
}

} // namespace Orgtrace::Ui
