#pragma once

#include "base/error.h"

#include <QByteArray>
#include <QHash>
#include <QList>
#include <QString>

#include <optional>

namespace Orgtrace::Compare {

/// How an entity of one organisation found its twin in another, or why it has none.
enum class MatchKind { SameId, SameName, Corrected, Ambiguous, OnlyLeft, OnlyRight };
[[nodiscard]] QString matchKindName(MatchKind kind); ///< "same-id", "same-name", "corrected", "ambiguous", "only-left", "only-right"

/// One entity as it is offered for matching.
struct Matchable {
    QString id; ///< empty: the settings object of its domain
    QString
        name; ///< what it is matched by where ids differ: the catalogue's lineage field, else its name field; empty: only its id can match
    friend bool operator==(const Matchable &, const Matchable &) = default;
};

/// One domain of both organisations.
struct MatchDomain {
    QString domain;
    QList<Matchable> left, right;
};

/// What a person says instead: these two belong together, or this one has no twin (the other id null).
struct Correction {
    QString domain;
    std::optional<QString> left, right;
};

/// One entity, or two that belong together. Ambiguous ones are one row each: they share their name, and nobody guesses.
struct MatchRow {
    QString domain, name;
    std::optional<QString> left, right; ///< ids
    MatchKind kind = MatchKind::SameId;
    friend bool operator==(const MatchRow &, const MatchRow &) = default;
};

/// Matches entities domain by domain: first what a person says; then the same id on both sides; then, of the rest, the same name where exactly one on each side has it.
/// A name that several of the rest have while the other side has it too is ambiguous, for all of them. What nobody else has is on one side only.
/// Rows by domain as given, then name, then ids. Pure.
/// Errors: BadInput (a correction that names what is not there, or says two things of one entity; where = "domain/id").
[[nodiscard]] Result<QList<MatchRow>> matchOrganisations(const QList<MatchDomain> &domains, const QList<Correction> &corrections = {});

/// Reads corrections from JSON: {"version": 1, "match": [{"domain": "divisions", "left": "<id>", "right": "<id> or null"}]} (docs/formats/matching.md). At most 1 MB.
/// Errors: BadInput, MalformedJson, NewerFormat, TooLarge; where = the pointer of what is wrong.
[[nodiscard]] Result<QList<Correction>> readCorrections(const QByteArray &json);

} // namespace Orgtrace::Compare
