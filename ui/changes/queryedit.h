#pragma once

#include "changes/changefilter.h"

namespace Orgtrace::Ui {

/// The keys of the query language, in the order of ChangeFilter's reader: severity, domain, kind, path, actor, name, id.
[[nodiscard]] const QStringList &queryKeys();
[[nodiscard]] QString queryExample(const QString &key); ///< e.g. ">=high"

/// The query with the term `key:value` added, or taken away where it is in it. A positive term of the same key gets it as one more alternative; a single
/// negated term that is exactly it goes instead of both standing side by side. The rest of the text stays as it was written.
[[nodiscard]] QString queryToggled(const QString &text, const QString &key, const QString &value, bool isNegated = false);
enum class TermState { Absent, Wanted, Unwanted };
[[nodiscard]] TermState queryTermState(const QString &text, const QString &key, const QString &value);
/// A value as it has to be written to mean itself: quoted where it holds blanks, commas, quotes or wildcards.
[[nodiscard]] QString queryQuoted(const QString &value);

/// What the values of a key may be, from what is in the list. Bounded.
struct QueryVocabulary {
    QStringList domains, domainTitles; ///< alike in order
    QStringList actors, paths;
    friend bool operator==(const QueryVocabulary &, const QueryVocabulary &) = default;
};
struct QueryCompletion {
    qsizetype from = 0, to = 0; ///< what of the text the choice replaces
    struct Choice {
        QString text; ///< written into the query
        QString says; ///< beside it, muted
        friend bool operator==(const Choice &, const Choice &) = default;
    };
    QList<Choice> choices; ///< at most eight; empty: nothing to offer
};
/// What could be meant at the cursor: keys, or values of the key before it.
[[nodiscard]] QueryCompletion completeQuery(const QString &text, qsizetype cursor, const QueryVocabulary &vocabulary);

} // namespace Orgtrace::Ui
