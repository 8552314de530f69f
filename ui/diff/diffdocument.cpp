#include "diff/diffdocument.h"

#include "diff/displaytext.h"
#include "theme/theme.h"

#include <QFuture>
#include <QtConcurrentRun>

#include <algorithm>
#include <cstring>

using namespace Qt::StringLiterals;

namespace Orgtrace::Ui {

using Compare::AlignedRow;
using Compare::RowKind;
using Compare::RowRun;

namespace {

constexpr int ExactWidthUpTo = 20'000; // rows whose width is measured with their chips; longer documents go by their longest line
constexpr qsizetype FirstPiece = 700; // of a line that is shown in two
constexpr qsizetype BeforeDifference = 200;

/// UTF-16 units of valid UTF-8.
qsizetype unitsOf(QByteArrayView utf8)
{
    qsizetype units = 0;
    for (const char c : utf8) {
        const auto byte = uchar(c);
        units += (byte & 0xc0) != 0x80 ? 1 : 0;
        units += byte >= 0xf0 ? 1 : 0;
    }
    return units;
}

/// Where two texts begin to differ, a block at a time: lines may be megabytes long, and this is on the way to the screen.
qsizetype firstDifference(QByteArrayView a, QByteArrayView b)
{
    constexpr qsizetype Block = 4096;
    const qsizetype shorter = std::min(a.size(), b.size());
    qsizetype at = 0;
    while (at + Block <= shorter && std::memcmp(a.data() + at, b.data() + at, size_t(Block)) == 0) {
        at += Block;
    }
    while (at < shorter && a[at] == b[at]) {
        ++at;
    }
    return at;
}

/// The nearest start of a character at or before a place.
qsizetype characterAt(QByteArrayView utf8, qsizetype at)
{
    while (at > 0 && at < utf8.size() && (uchar(utf8[at]) & 0xc0) == 0x80) {
        --at;
    }
    return at;
}

/// At most `units` of a text from its beginning, no half surrogate pair.
QString beginning(QByteArrayView utf8, qsizetype units)
{
    QString text = QString::fromUtf8(utf8.first(characterAt(utf8, std::min(utf8.size(), units * 4))));
    if (text.size() > units) {
        text.truncate(text[units - 1].isHighSurrogate() ? units - 1 : units);
    }
    return text;
}

} // namespace

namespace {

bool isLong(QByteArrayView bytes)
{
    return bytes.size() > LongestShown && (bytes.size() > 4 * LongestShown || unitsOf(bytes) > LongestShown);
}

LineCut cutLine(QByteArrayView bytes, qsizetype differs)
{
    LineCut cut;
    if (!isLong(bytes)) {
        cut.text = QString::fromUtf8(bytes);
        cut.head = int(cut.text.size());
        return cut;
    }
    cut.isCut = true;
    if (differs < LongestShown - BeforeDifference) {
        cut.text = beginning(bytes, LongestShown);
        cut.head = int(cut.text.size());
        cut.text += u'…';
        return cut;
    }
    // The same on both sides for long: the place where they part is what is wanted.
    cut.text = beginning(bytes, FirstPiece);
    cut.head = int(cut.text.size());
    cut.text += u'…';
    cut.windowAt = characterAt(bytes, differs - BeforeDifference);
    const QString window = beginning(bytes.sliced(cut.windowAt), LongestShown - FirstPiece);
    cut.window = int(cut.text.size());
    cut.windowLength = int(window.size());
    cut.text += window;
    cut.text += u'…';
    return cut;
}

} // namespace

std::pair<LineCut, LineCut> DiffDocument::rowCuts(int row) const
{
    const AlignedRow r = rows[row];
    const QByteArrayView a = left.bytes(r.leftLine), b = right.bytes(r.rightLine);
    const bool both = r.kind == RowKind::Changed && r.leftLine > 0 && r.rightLine > 0;
    qsizetype differs = 0;
    if (both && (isLong(a) || isLong(b))) {
        const auto known = longDiffers.constFind(row);
        differs = known != longDiffers.cend() ? *known : firstDifference(a, b);
    }
    return {cutLine(a, differs), cutLine(b, differs)};
}

LineCut DiffDocument::rowCut(int row, Side side) const
{
    const AlignedRow r = rows[row];
    if (r.kind == RowKind::Changed && r.leftLine > 0 && r.rightLine > 0) {
        const auto [a, b] = rowCuts(row);
        return side == Side::Left ? a : b;
    }
    return cutLine(lines(side).bytes(side == Side::Left ? r.leftLine : r.rightLine), 0);
}

int DiffDocument::rowLine(int row, Side side) const
{
    const AlignedRow r = rows[row];
    return side == Side::Left ? r.leftLine : r.rightLine;
}

qsizetype DiffDocument::realColumn(int row, Side side, int shown) const
{
    const LineCut cut = rowCut(row, side);
    const QByteArrayView bytes = lines(side).bytes(rowLine(row, side));
    if (shown >= cut.text.size()) {
        return unitsOf(bytes);
    }
    if (!cut.isCut || shown <= cut.head || cut.windowLength == 0) {
        return std::min(shown, cut.head);
    }
    return unitsOf(bytes.first(cut.windowAt)) + std::clamp(shown - cut.window, 0, cut.windowLength);
}

int DiffDocument::shownColumn(int row, Side side, qsizetype real) const
{
    const LineCut cut = rowCut(row, side);
    if (!cut.isCut || real <= cut.head) {
        return int(std::min<qsizetype>(real, cut.text.size()));
    }
    if (cut.windowLength > 0) {
        const qsizetype start = unitsOf(lines(side).bytes(rowLine(row, side)).first(cut.windowAt));
        if (real >= start && real <= start + cut.windowLength) {
            return cut.window + int(real - start);
        }
        if (real < start) {
            return cut.head;
        }
    }
    return int(cut.text.size()) - 1; // on the last ellipsis
}

namespace {

/// What may stand beside an id as its name: nothing beside a short number, which may be any value, and nothing where two domains know the id by different names.
QHash<QString, QString> namesOfIds(const QHash<QString, QString> &byKey)
{
    QHash<QString, QString> names;
    names.reserve(byKey.size());
    for (const auto &[key, name] : byKey.asKeyValueRange()) {
        const QString id = key.sliced(key.indexOf(u'/') + 1);
        const bool isNumber = id.size() < 8 && std::ranges::all_of(id, [](QChar c) { return c >= u'0' && c <= u'9'; });
        if (name.isEmpty() || id.isEmpty() || name == id || isNumber) {
            continue;
        }
        const auto known = names.find(id);
        if (known == names.end()) {
            names.insert(id, name);
        } else if (*known != name) {
            *known = QString();
        }
    }
    return names;
}

} // namespace

DiffDocumentPtr makeDocument(DiffRequest request, const CancellationToken &cancel)
{
    auto document = std::make_shared<DiffDocument>();
    // Two texts, two cores: the lines of the one are found while the other's are.
    QFuture<TextLines> right = QtConcurrent::run([text = std::move(request.newText)] { return TextLines(text); });
    document->left = TextLines(std::move(request.oldText));
    document->names = namesOfIds(request.names);
    document->oldNames = namesOfIds(request.oldNames);
    document->right = right.takeResult();
    document->rows = request.byLines
        ? Compare::alignLines(document->left, document->right)
        : Compare::alignStructure(document->left, document->right, request.rules, request.known ? &*request.known : nullptr, cancel);
    if (cancel.isCancelled()) {
        return nullptr;
    }
    // Lines of megabytes are compared here once, and not on the way to the screen with every frame.
    for (const RowRun &run : document->rows.runs()) {
        for (int i = 0; i < run.count; ++i) {
            const AlignedRow row = run.at(i);
            if (row.kind != RowKind::Changed || row.leftLine == 0 || row.rightLine == 0) {
                continue;
            }
            const QByteArrayView a = document->left.bytes(row.leftLine), b = document->right.bytes(row.rightLine);
            if (isLong(a) || isLong(b)) {
                document->longDiffers.insert(run.row + i, firstDifference(a, b));
            }
        }
    }
    if (document->rows.size() > ExactWidthUpTo) {
        document->widestColumns = int(std::min(LongestShown + 1, std::max(document->left.longest(), document->right.longest())));
        return document;
    }
    DisplayOptions options;
    options.nameOf = [&document](const QString &id) { return document->nameOf(id, Side::Left); }; // widths of either side are alike enough
    options.chipColumns = [](const QString &name) { return int(name.size()) + 3; };
    for (int row = 0; row < document->rows.size(); ++row) {
        const bool isSame = document->rows[row].kind == RowKind::Same;
        const qsizetype left = isSame ? 0 : displayLine(document->rowText(row, Side::Left), options).text.size();
        const qsizetype width = displayLine(document->rowText(row, Side::Right), options).text.size();
        document->widestColumns = int(std::max({qsizetype(document->widestColumns), left, width}));
    }
    return document;
}

DiffDocumentPtr makeDocument(const QByteArray &oldText, const QByteArray &newText, const QHash<QString, QString> &names)
{
    DiffRequest request;
    request.oldText = oldText;
    request.newText = newText;
    request.names = names;
    return makeDocument(std::move(request));
}

// -- paths ------------------------------------------------------------------------------------------------------------------

QString stepLabel(const DiffDocument &document, Side side, const TextLines::Step &step)
{
    if (!step.isIndex) {
        return visibleText(step.token, 40);
    }
    const TextLines &lines = document.lines(side);
    const int element = lines.elementOf(step.line);
    if (element >= 0 && int(lines.elements()[size_t(element)].line) == step.line) {
        const TextLines::Element &found = lines.elements()[size_t(element)];
        if (found.idLength > 2) {
            const QString id = QString::fromUtf8(lines.idOf(found)).sliced(1).chopped(1);
            const QString name = document.nameOf(id, side);
            return visibleText(!name.isEmpty() ? name : isUuid(id) ? shortId(id) : id, 40);
        }
    }
    return u'[' + step.token + u']';
}

QString enclosingPath(const DiffDocument &document, int row)
{
    if (row < 0 || row >= document.rows.size()) {
        return {};
    }
    const Side side = document.rowLine(row, Side::Right) != 0 ? Side::Right : Side::Left;
    const TextLines &lines = document.lines(side);
    const int line = document.rowLine(row, side);
    std::vector<TextLines::Step> steps = lines.steps(line);
    if (!steps.empty() && !lines.closes(line)) {
        steps.pop_back(); // its own
    }
    QStringList out;
    for (const TextLines::Step &step : steps) {
        if (const QString label = stepLabel(document, side, step); !step.isIndex || !label.startsWith(u'[')) {
            out.append(label);
        }
    }
    return out.join(u" › "_s);
}

// -- text -------------------------------------------------------------------------------------------------------------------

QString selectionText(const DiffDocument &document, Side side, TextPosition from, TextPosition to)
{
    if (to < from) {
        std::swap(from, to);
    }
    const int last = std::min(to.row, document.rows.size() - 1);
    std::vector<std::pair<int, int>> pieces; // first and last line
    for (size_t at = document.rows.isEmpty() ? 0 : document.rows.runOf(std::max(0, from.row)); at < document.rows.runs().size(); ++at) {
        const RowRun &run = document.rows.runs()[at];
        if (run.row > last) {
            break;
        }
        const int first = std::max(run.row, from.row) - run.row;
        const int end = std::min(run.row + run.count - 1, last) - run.row;
        const AlignedRow row = run.at(0);
        const int line = side == Side::Left ? row.leftLine : row.rightLine;
        if (line > 0 && first <= end) {
            pieces.emplace_back(line + first, line + end);
        }
    }
    std::ranges::sort(pieces); // moved elements stand elsewhere in the rows
    const TextLines &lines = document.lines(side);
    const int fromLine = from.row >= 0 && from.row < document.rows.size() ? document.rowLine(from.row, side) : 0;
    const int toLine = to.row < document.rows.size() ? document.rowLine(to.row, side) : 0;
    const qsizetype fromColumn = fromLine > 0 ? document.realColumn(from.row, side, from.column) : 0;
    const qsizetype toColumn = toLine > 0 ? document.realColumn(to.row, side, to.column) : 0;
    QString out;
    const auto put = [&](const QString &text) {
        out += out.isNull() ? QString(u""_s) : u"\n"_s;
        out += text;
    };
    for (const auto &[first, end] : pieces) {
        for (int line = first; line <= end; ++line) {
            if (line == fromLine || line == toLine) {
                const QString text = lines.line(line);
                const qsizetype stop = line == toLine ? std::min(toColumn, text.size()) : text.size();
                const qsizetype start = line == fromLine ? std::min(fromColumn, stop) : 0;
                put(text.sliced(start, stop - start));
                continue;
            }
            int until = end; // whole lines at once
            for (const int stop : {fromLine, toLine}) {
                until = stop > line && stop <= until ? stop - 1 : until;
            }
            const QByteArrayView start = lines.bytes(line), stop = lines.bytes(until);
            put(QString::fromUtf8(QByteArrayView(start.data(), stop.data() + stop.size() - start.data())));
            line = until;
        }
    }
    return out.isNull() ? QString() : out;
}

QString valueText(const TextLines &lines, int line)
{
    if (line < 1 || line > lines.count() || lines.closes(line)) {
        return {};
    }
    const QString first = lines.line(line);
    const LineParts parts = lineParts(first);
    QString out = first.sliced(parts.valueStart, parts.valueLength);
    const int end = lines.end(line);
    const int indent = lines.indent(line);
    for (int at = line + 1; at <= end; ++at) {
        const QByteArrayView text = lines.bytes(at);
        const int mine = std::min(indent, lines.indent(at));
        out += u'\n';
        out += QString::fromUtf8(text.sliced(mine));
    }
    if (end > line && out.endsWith(u',')) {
        out.chop(1);
    }
    return out;
}

// -- find -------------------------------------------------------------------------------------------------------------------

QList<FindMatch> findMatches(const DiffDocument &document, const QString &needle, const FindOptions &options,
                             const CancellationToken &cancel)
{
    QList<FindMatch> matches;
    if (needle.isEmpty()) {
        return matches;
    }
    const bool plain = !options.isPattern && !options.wholeWords;
    const TextPattern expression = options.expression(needle);
    if (!expression.isValid()) {
        return matches;
    }
    const Qt::CaseSensitivity sensitivity = options.matchCase ? Qt::CaseSensitive : Qt::CaseInsensitive;
    const auto append = [&](int row, Side side, qsizetype at, qsizetype length) {
        if (matches.size() < MaxFindMatches) {
            matches.append({row, side, int(at), int(length)});
        }
    };
    const auto search = [&](int row, Side side, int line) {
        const QString text = document.lines(side).line(line);
        const qsizetype before = matches.size();
        if (plain) {
            for (qsizetype at = text.indexOf(needle, 0, sensitivity); at >= 0 && matches.size() < MaxFindMatches;
                 at = text.indexOf(needle, at + needle.size(), sensitivity)) {
                append(row, side, at, needle.size());
            }
        } else {
            for (const auto those = expression.matches(text, MaxFindMatches - matches.size()); const TextPattern::Match &match : those) {
                append(row, side, match.start, match.length);
            }
        }
        if (matches.size() > before || document.names.isEmpty()) {
            return;
        }
        const LineParts parts = lineParts(text);
        if (parts.valueLength > 2 && parts.valueLength < 260 && text[parts.valueStart] == u'"') {
            const QString name = document.nameOf(text.sliced(parts.valueStart + 1, parts.valueLength - 2), side);
            if (!name.isEmpty() && (plain ? name.contains(needle, sensitivity) : expression.isIn(name))) {
                append(row, side, parts.valueStart + 1, parts.valueLength - 2);
            }
        }
    };
    for (const RowRun &run : document.rows.runs()) {
        for (int i = 0; i < run.count && matches.size() < MaxFindMatches; ++i) {
            if (i % 4096 == 0 && cancel.isCancelled()) {
                return matches;
            }
            const AlignedRow row = run.at(i);
            if (row.leftLine > 0 && (row.kind != RowKind::Same || row.rightLine == 0)) {
                search(run.row + i, Side::Left, row.leftLine);
            }
            if (row.rightLine > 0) {
                search(run.row + i, Side::Right, row.rightLine);
            }
        }
    }
    return matches;
}

} // namespace Orgtrace::Ui
