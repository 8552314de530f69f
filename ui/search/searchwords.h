#pragma once

#include "search/searchrun.h"

#include <QHash>
#include <QList>

namespace Orgtrace::Ui {

/// One row of the search panel, in words.
struct SearchRow {
    enum class Kind {
        Section, ///< heading: where what follows was found
        Here, ///< a line of B
        Ever, ///< a line of any snapshot
        Event,
        Link, ///< a link that was pasted
        Note ///< a sentence: nothing found, not all shown, a mistake
    };
    Kind kind = Kind::Note;
    QString title; ///< what people call the entity; the heading; the sentence
    QString chip; ///< the domain's title
    QString detail; ///< second line: the line that was found
    int markStart = 0, markLength = 0; ///< in detail
    QString when; ///< at the right
    QString tip; ///< in whole sentences
    int index = -1; ///< into the answer's hits or events
    [[nodiscard]] bool isChoosable() const { return kind != Kind::Section && kind != Kind::Note; }
    friend bool operator==(const SearchRow &, const SearchRow &) = default;
};

/// Everything the panel shows. Pure.
[[nodiscard]] QList<SearchRow> searchRows(const SearchState &state, const QHash<QString, QString> &domainTitles);

/// When something stood, short: "since 17 Oct 2026 08:24 UTC"; and in whole sentences.
[[nodiscard]] QString stayText(const QList<Search::Stay> &stays);
[[nodiscard]] QString stayTip(const QList<Search::Stay> &stays);

/// Where a hit of all history leads: a range in which it came or, where `wantsEnd`, in which it went; B as it is where it was always there.
/// Only snapshot, from, domain, entity and pointer are filled in.
[[nodiscard]] Search::Link linkOfHit(const Search::Hit &hit, bool wantsEnd);

} // namespace Orgtrace::Ui
