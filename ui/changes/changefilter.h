#pragma once

#include "operations/findings.h"

#include <QString>
#include <QStringList>

namespace Orgtrace::Ui {

/// What the filter field says, read once. Terms are joined by AND; a term with a leading '-' must not hold.
///
///   contractors "all divisions"      words and phrases, in the name, id, domain, rule, fields or actors
///   severity:>=medium  severity:≥high  severity:critical,high  severity:<low …
///   domain:grants   path:/grants   actor:admin-04   kind:added|removed|modified|recreated
///
/// A word with a colon that starts with none of these keys is a word: permissions look like that (authorization:grant:add).
class ChangeFilter
{
public:
    enum class Key { Word, Severity, Domain, Path, Actor, Kind };
    struct Term {
        Key key = Key::Word;
        bool isNegated = false;
        QString text; ///< case-folded; for Severity and Kind empty
        quint32 bits = 0; ///< Severity: one bit a severity; Kind: one bit a kind
        friend bool operator==(const Term &, const Term &) = default;
    };

    [[nodiscard]] static ChangeFilter parse(const QString &text);

    [[nodiscard]] bool isEmpty() const { return m_terms.isEmpty(); }
    [[nodiscard]] const QList<Term> &terms() const { return m_terms; }
    [[nodiscard]] const QStringList &mistakes() const
    {
        return m_mistakes;
    } ///< values that are not understood and therefore left out, e.g. "severity:hgh"
    [[nodiscard]] bool matches(const Report::Finding &finding, const QString &domainTitle) const;

private:
    QList<Term> m_terms;
    QStringList m_mistakes;
};

} // namespace Orgtrace::Ui
