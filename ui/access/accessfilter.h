#pragma once

#include "changes/queryedit.h"

#include <QList>
#include <QStringList>

#include <functional>

namespace Orgtrace::Ui {

/// What the filter of the access view lets through, in the manner of the change list's query: terms that must all fit; `-` before one turns it round;
/// quotes hold blanks together; `a,b` behind a key is one or the other. Keys: role, through (a group's or team's name, or "direct"), division, how (the
/// chips' words: gained, direct, group, conditional …), risk (high). Whatever else has a colon is part of a permission, e.g. routing:queue. `*` alone fits all.
/// A value; any thread.
class AccessFilter
{
public:
    enum class Key { Any, Role, Through, Division, How, Risk };
    struct Term {
        Key key = Key::Any;
        QStringList values;
        bool isNegated = false;
        friend bool operator==(const Term &, const Term &) = default;
    };

    AccessFilter() = default;
    explicit AccessFilter(const QString &text);
    [[nodiscard]] bool isEmpty() const { return m_terms.isEmpty(); }
    [[nodiscard]] const QList<Term> &terms() const { return m_terms; }
    /// @param fits whether one value of one key fits what is asked about
    [[nodiscard]] bool matches(const std::function<bool(Key, const QString &)> &fits) const;
    /// For a row that is a name only: terms with a key are left aside.
    [[nodiscard]] bool matchesName(const QString &name) const;
    friend bool operator==(const AccessFilter &, const AccessFilter &) = default;

private:
    QList<Term> m_terms;
};

/// What may stand behind the keys, from what is shown.
struct AccessVocabulary {
    QStringList domains, roles, containers, divisions;
};
/// What could be meant at the cursor: keys, permission domains, or values of the key before it; at most eight.
[[nodiscard]] QueryCompletion completeAccessFilter(const QString &text, qsizetype cursor, const AccessVocabulary &vocabulary);

} // namespace Orgtrace::Ui
