#include "policy/pathmatch.h"

namespace Orgtrace::Policy {

namespace {

const QString AnyDepth = QStringLiteral("**");

QStringList partsOf(const QString &path)
{
    return path.split(u'/', Qt::SkipEmptyParts);
}

} // namespace

bool globMatches(QStringView pattern, QStringView text, Qt::CaseSensitivity sensitivity)
{
    const auto same
        = [sensitivity](QChar a, QChar b) { return sensitivity == Qt::CaseSensitive ? a == b : a.toCaseFolded() == b.toCaseFolded(); };
    qsizetype p = 0, t = 0, star = -1, resume = 0;
    while (t < text.size()) {
        if (p < pattern.size() && pattern[p] == u'*') {
            star = p++;
            resume = t;
        } else if (p < pattern.size() && (pattern[p] == u'?' || same(pattern[p], text[t]))) {
            ++p;
            ++t;
        } else if (star >= 0) {
            p = star + 1;
            t = ++resume;
        } else {
            return false;
        }
    }
    while (p < pattern.size() && pattern[p] == u'*')
        ++p;
    return p == pattern.size();
}

PathGlob::PathGlob(const QString &pattern) : m_parts(partsOf(pattern)) { }

bool PathGlob::covers(const QString &path) const
{
    const QStringList names = partsOf(path);
    qsizetype p = 0, n = 0, deep = -1, resume = 0;
    while (true) {
        if (p == m_parts.size())
            return true; // the setting itself, or something beneath it
        if (m_parts[p] == AnyDepth) {
            deep = p++;
            resume = n;
        } else if (n < names.size() && globMatches(m_parts[p], names[n])) {
            ++p;
            ++n;
        } else if (deep >= 0 && resume < names.size()) {
            p = deep + 1;
            n = ++resume;
        } else {
            return false;
        }
    }
}

bool PathGlob::isInside(const QString &path) const
{
    const QStringList names = partsOf(path);
    if (names.size() >= m_parts.size())
        return false;
    for (qsizetype i = 0; i < names.size(); ++i) {
        if (m_parts[i] == AnyDepth || !globMatches(m_parts[i], names[i]))
            return false;
    }
    return !m_parts.contains(AnyDepth);
}

} // namespace Orgtrace::Policy
