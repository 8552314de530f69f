#pragma once

#include "changes/savers.h"

#include <QString>
#include <QStringList>

namespace Orgtrace::Ui {

/// What the filter field says, read once (docs/formats/change-query.md). Terms are joined by AND; a term with a leading '-' must not hold.
///
///   contractors "all divisions"      words and phrases, in the name, id, domain, rule, fields or actors
///   severity:>=medium  severity:≥high  severity:critical,high  severity:<low …
///   domain:grants,roles   path:/permissions/*   actor:admin-04   name:"Tier ?"   kind:added|removed|modified|recreated
///
/// A comma is OR. In domain, path, actor, name and id, '*' and '?' stand for any characters and one; a leading '=' asks for the whole text. Between quotes
/// every sign is itself. A word with a colon that starts with none of these keys is a word: permissions look like that (authorization:grant:add).
class ChangeFilter
{
public:
    enum class Key { Word, Severity, Domain, Path, Actor, Kind, Name, Id };
    struct Pattern {
        enum class How { Contains, Whole, Glob } how = How::Contains;
        QString text; ///< case-folded; of a glob with Any and One for its wildcards
        [[nodiscard]] bool fits(const QString &value) const;
        friend bool operator==(const Pattern &, const Pattern &) = default;
    };
    struct Term {
        Key key = Key::Word;
        bool isNegated = false;
        QString text; ///< case-folded, of a word; for the others the value as it was read
        quint32 bits = 0; ///< Severity: one bit a severity; Kind: one bit a kind
        QList<Pattern> any; ///< of the others: one of them has to fit
        bool isUnknownActor = false; ///< actor:unknown is among them
        friend bool operator==(const Term &, const Term &) = default;
    };

    [[nodiscard]] static ChangeFilter parse(const QString &text);

    [[nodiscard]] bool isEmpty() const { return m_terms.isEmpty(); }
    [[nodiscard]] const QList<Term> &terms() const { return m_terms; }
    /// Terms that are not understood and therefore left out, as they were written, e.g. "severity:hgh".
    [[nodiscard]] const QStringList &mistakes() const { return m_mistakes; }
    /// Every mistake with its cure, and what was understood otherwise than it may be meant; whole sentences for beneath the field.
    [[nodiscard]] const QStringList &notes() const { return m_notes; }
    [[nodiscard]] bool asksForActors() const; ///< its answer depends on who saved

    [[nodiscard]] bool matches(const Report::Finding &finding, const QString &domainTitle, const Actor &actor = {}) const;
    /// One bit for each key of which a term does not hold; 0: it matches. For counts beside the values of one key.
    [[nodiscard]] quint32 failing(const Report::Finding &finding, const QString &domainTitle, const Actor &actor) const;

private:
    friend class FilterReader;
    QList<Term> m_terms;
    QStringList m_mistakes, m_notes;
};

/// One term of a query as it stands in the text.
struct QueryToken {
    qsizetype from = 0, to = 0; ///< in the text
    QString text; ///< without quotes
    QList<bool> isLiteral; ///< of each character of text: it stood between quotes
    bool isOpen = false; ///< a quote of it is not closed
};
[[nodiscard]] QList<QueryToken> queryTokens(const QString &text);

inline constexpr qsizetype LongestQuery = 4096; ///< characters; what comes after them is not read, and that is said

} // namespace Orgtrace::Ui
