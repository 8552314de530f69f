#pragma once

#include "base/error.h"

#include <QString>
#include <QStringList>

#include <memory>
#include <string_view>

namespace re2 {
class RE2;
}

namespace Orgtrace::Search {

/// What somebody typed into the search box: literal text in any letter case, found inside one line of canonical text or one audit event.
/// Words `domain:NAME` narrow it to domains; a text in double quotes is taken as it stands, its `domain:` too. Immutable; thread-safe; cheap to copy.
class Pattern
{
public:
    static constexpr qsizetype LongestText = 500;

    /// @param domains besides those that are typed
    /// Errors: BadInput (nothing to look for, or no valid text), TooLarge.
    [[nodiscard]] static Result<Pattern> parse(const QString &typed, const QStringList &domains = {});

    [[nodiscard]] const QString &text() const { return m_text; }
    [[nodiscard]] const QStringList &domains() const { return m_domains; } ///< empty: all

    struct Place {
        size_t begin = 0, end = 0; ///< bytes
        [[nodiscard]] bool isFound() const { return end > begin; }
    };
    /// The first occurrence at or after `from`. JSON text is searched as JSON writes the words: a quote inside them finds \".
    [[nodiscard]] Place findInJson(std::string_view json, size_t from) const;
    [[nodiscard]] bool isIn(const QString &plain) const { return plain.contains(m_text, Qt::CaseInsensitive); }
    [[nodiscard]] bool isAll(const QString &plain) const { return plain.compare(m_text, Qt::CaseInsensitive) == 0; }

private:
    QString m_text;
    QStringList m_domains;
    std::shared_ptr<const re2::RE2> m_inJson;
};

} // namespace Orgtrace::Search
