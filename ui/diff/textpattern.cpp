#include "diff/textpattern.h"

#include <re2/re2.h>

namespace Orgtrace::Ui {

namespace {

bool isWordPart(const QString &text, qsizetype at)
{
    return at >= 0 && at < text.size() && (text.at(at).isLetterOrNumber() || text.at(at) == u'_' || text.at(at).isMark());
}

} // namespace

TextPattern::TextPattern(const QString &needle, bool isPattern, bool matchCase, bool wholeWords) : m_wholeWords(wholeWords)
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
    const auto unitsTo = [&](size_t byte) {
        units += QString::fromUtf8(utf8.constData() + counted, static_cast<qsizetype>(byte - counted)).size();
        counted = byte;
        return units;
    };
    re2::StringPiece match;
    while (found.size() < most && from <= all.size() && m_expression->Match(all, from, all.size(), RE2::UNANCHORED, &match, 1)) {
        const size_t begin = static_cast<size_t>(match.data() - all.data());
        const size_t end = begin + match.size();
        from = end > begin ? end : end + 1;
        while (from < all.size() && (static_cast<unsigned char>(utf8[static_cast<qsizetype>(from)]) & 0xC0U) == 0x80U) {
            ++from; // never into the middle of a character
        }
        if (end == begin) {
            continue;
        }
        const qsizetype start = unitsTo(begin);
        const qsizetype stop = unitsTo(end);
        if (!m_wholeWords || (!isWordPart(text, start - 1) && !isWordPart(text, stop))) {
            found.append({start, stop - start});
        }
    }
    return found;
}

} // namespace Orgtrace::Ui
