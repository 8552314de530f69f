#include "diff/textpattern.h"

#include <re2/re2.h>

namespace Orgtrace::Ui {

namespace {

bool isWordPart(const QString &text, qsizetype at)
{
    return at >= 0 && at < text.size() && (text.at(at).isLetterOrNumber() || text.at(at) == u'_' || text.at(at).isMark());
}

} // namespace

TextPattern::TextPattern(const QString &needle, bool isPattern, bool matchCase, bool wholeWords) :
    m_isPattern(isPattern), m_wholeWords(wholeWords)
{
    if (needle.isEmpty()) {
        return;
    }
    RE2::Options options;
    options.set_literal(!isPattern);
    options.set_case_sensitive(matchCase);
    options.set_log_errors(false);
    const QByteArray utf8 = needle.toUtf8();
    auto expression = std::make_shared<const RE2>(re2::StringPiece(utf8.constData(), static_cast<size_t>(utf8.size())), options);
    if (!expression->ok()) {
        m_error = QString::fromStdString(expression->error());
        return;
    }
    m_expression = std::move(expression);
}

QList<TextPattern::Match> TextPattern::matches(const QString &text, qsizetype most) const
{
    QList<Match> found;
    if (!m_expression) {
        return found;
    }
    const QByteArray utf8 = text.toUtf8();
    const re2::StringPiece all(utf8.constData(), static_cast<size_t>(utf8.size()));
    size_t from = 0;
    size_t counted = 0; // bytes whose UTF-16 units are counted
    qsizetype units = 0;
    const auto unitsBetween = [&utf8](size_t one, size_t other) {
        return QString::fromUtf8(utf8.constData() + one, static_cast<qsizetype>(other - one)).size();
    };
    const auto nextAfter = [&](size_t byte) { // never into the middle of a character
        do {
            ++byte;
        } while (byte < all.size() && (static_cast<unsigned char>(utf8[static_cast<qsizetype>(byte)]) & 0xC0U) == 0x80U);
        return byte;
    };
    re2::StringPiece match;
    while (found.size() < most && from <= all.size() && m_expression->Match(all, from, all.size(), RE2::UNANCHORED, &match, 1)) {
        const size_t begin = static_cast<size_t>(match.data() - all.data());
        const size_t end = begin + match.size();
        from = end > begin ? end : nextAfter(end);
        if (end == begin) {
            continue;
        }
        units += unitsBetween(counted, begin);
        counted = begin;
        const qsizetype start = units;
        const qsizetype stop = start + unitsBetween(begin, end);
        if (!m_wholeWords || (!isWordPart(text, start - 1) && !isWordPart(text, stop))) {
            found.append({start, stop - start});
        } else if (!m_isPattern) {
            from = nextAfter(begin); // a whole word may begin in it; of a pattern's long matches that would cost their square
        }
    }
    return found;
}

} // namespace Orgtrace::Ui
