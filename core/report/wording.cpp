#include "report/wording.h"

#include <QLocale>

namespace Orgtrace::Report {

namespace {

constexpr qsizetype ShownCharacters = 700;
constexpr qsizetype ShownLines = 18;

bool isHidden(char32_t c)
{
    return c < 0x20 || (c >= 0x7f && c <= 0x9f) || c == 0xad || c == 0x34f || c == 0x61c || (c >= 0x115f && c <= 0x1160)
        || (c >= 0x17b4 && c <= 0x17b5) || (c >= 0x180b && c <= 0x180f) || (c >= 0x200b && c <= 0x200f) || (c >= 0x2028 && c <= 0x202e)
        || (c >= 0x2060 && c <= 0x206f) || c == 0x3164 || (c >= 0xfe00 && c <= 0xfe0f) || c == 0xfeff || c == 0xffa0
        || (c >= 0xfff0 && c <= 0xfffb) || (c >= 0x1d173 && c <= 0x1d17a) || (c >= 0xe0000 && c <= 0xe0fff) || (c & 0xfffe) == 0xfffe
        || (c >= 0xfdd0 && c <= 0xfdef) || c == 0x27e8 // the mark itself
        || c == 0xa0 || c == 0x1680 || (c >= 0x2000 && c <= 0x200a) || c == 0x202f || c == 0x205f || c == 0x3000;
}

QString marked(char32_t c)
{
    return QStringLiteral("\u27e8U+%1\u27e9").arg(QString::number(static_cast<uint>(c), 16).toUpper().rightJustified(4, u'0'));
}

const QLocale &plainLocale()
{
    static const QLocale locale(QLocale::English, QLocale::UnitedStates);
    return locale;
}

} // namespace

QString visible(const QString &text, bool keepLines)
{
    QString out;
    out.reserve(text.size());
    for (qsizetype i = 0; i < text.size(); ++i) {
        const QChar unit = text[i];
        char32_t c = unit.unicode();
        if (unit.isHighSurrogate() && i + 1 < text.size() && text[i + 1].isLowSurrogate()) {
            c = QChar::surrogateToUcs4(unit, text[i + 1]);
            if (isHidden(c)) {
                out += marked(c);
            } else {
                out += unit;
                out += text[i + 1];
            }
            ++i;
        } else if (unit.isSurrogate() || (isHidden(c) && !(keepLines && c == U'\n'))) {
            out += marked(c);
        } else {
            out += unit;
        }
    }
    return out;
}

QString utcShort(const QDateTime &time)
{
    return time.isValid() ? time.toUTC().toString(QStringLiteral("yyyy-MM-dd HH:mm:ss")) : QStringLiteral("not recorded");
}

QString utcText(const QDateTime &time)
{
    return time.isValid() ? utcShort(time) + QStringLiteral(" UTC") : utcShort(time);
}

QString numberText(qint64 number)
{
    return plainLocale().toString(number);
}

QString counted(qint64 number, const QString &one, const QString &many)
{
    return numberText(number) + u' ' + (number == 1 ? one : many);
}

QString durationText(const QDateTime &from, const QDateTime &to)
{
    if (!from.isValid() || !to.isValid()) {
        return QStringLiteral("unknown");
    }
    const qint64 minutes = (std::max<qint64>(from.msecsTo(to), 0) + 59'999) / 60'000;
    if (minutes < 60) {
        return QStringLiteral("%1 min").arg(minutes);
    }
    const qint64 hours = minutes / 60;
    if (hours < 24) {
        return minutes % 60 ? QStringLiteral("%1 h %2 min").arg(hours).arg(minutes % 60) : QStringLiteral("%1 h").arg(hours);
    }
    return hours % 24 ? QStringLiteral("%1 d %2 h").arg(hours / 24).arg(hours % 24) : QStringLiteral("%1 d").arg(hours / 24);
}

QString severityKey(Policy::Severity severity)
{
    switch (severity) {
    case Policy::Severity::Critical: return QStringLiteral("critical");
    case Policy::Severity::High: return QStringLiteral("high");
    case Policy::Severity::Medium: return QStringLiteral("medium");
    case Policy::Severity::Low: break;
    }
    return QStringLiteral("low");
}

QString severityWord(Policy::Severity severity)
{
    QString word = severityKey(severity);
    word[0] = word[0].toUpper();
    return word;
}

QString changeWord(const Compare::EntityChange &change)
{
    if (!change.previousEntity.isEmpty()) {
        return QStringLiteral("deleted and recreated");
    }
    switch (change.kind) {
    case Compare::ChangeKind::Added: return QStringLiteral("added");
    case Compare::ChangeKind::Removed: return QStringLiteral("removed");
    case Compare::ChangeKind::Modified: break;
    }
    return QStringLiteral("changed");
}

QString ledgerWord(Evidence::LedgerState state)
{
    switch (state) {
    case Evidence::LedgerState::Complete: return QStringLiteral("complete");
    case Evidence::LedgerState::Carried: return QStringLiteral("carried forward");
    case Evidence::LedgerState::Forbidden: return QStringLiteral("forbidden");
    case Evidence::LedgerState::NotOffered: break;
    }
    return QStringLiteral("not offered");
}

bool isHexId(const QString &text)
{
    return text.size() >= 4 && text.size() <= 64
        && std::ranges::all_of(text, [](QChar c) { return (c >= u'0' && c <= u'9') || (c >= u'a' && c <= u'f'); });
}

Excerpt excerpt(const QString &text, qsizetype from)
{
    from = std::clamp<qsizetype>(from, 0, text.size());
    if (from > 0 && from < text.size() && text[from].isLowSurrogate()) {
        --from;
    }
    qsizetype end = from;
    qsizetype lines = 1;
    while (end < text.size() && end - from < ShownCharacters && lines <= ShownLines) {
        lines += text[end] == u'\n' ? 1 : 0;
        ++end;
    }
    if (end < text.size() && end > from && text[end].isLowSurrogate()) {
        --end;
    }
    if (from == 0 && end == text.size()) {
        return {text, {}};
    }
    QString shown = text.mid(from, end - from);
    while (shown.endsWith(u'\n')) {
        shown.chop(1);
    }
    return {(from > 0 ? QStringLiteral("…") : QString()) + shown + (end < text.size() ? QStringLiteral("…") : QString()),
            QStringLiteral("cut: %1 characters in all").arg(numberText(text.size()))};
}

} // namespace Orgtrace::Report
