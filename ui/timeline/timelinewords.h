#pragma once

#include "timeline/timelinegeometry.h"

#include <QStringList>

namespace Orgtrace::Ui {

/// What a hover card says of one snapshot: words only, in the order they are read.
struct TickCard {
    QString utc, local; ///< "17 Oct 2026 08:24 UTC", "10:24 local"
    QString which; ///< "A", "B", or empty
    QList<std::pair<Policy::Severity, int>> severities; ///< worst first; only those that occur
    QStringList lines; ///< whole sentences
    [[nodiscard]] QString text() const; ///< all of it, for screen readers
    friend bool operator==(const TickCard &, const TickCard &) = default;
};

/// How the store proves the snapshot, as far as it is known; Unknown while the proof runs.
struct TickProof {
    enum class State { Unknown, Valid, Broken } state = State::Unknown;
    QString what; ///< Broken: why
};

/// @param alike how many snapshots share the tick's place, itself included
[[nodiscard]] TickCard tickCard(const Timeline &timeline, int entry, int alike, const TickProof &proof);
/// How a snapshot came about, as a sentence: "Captured on schedule."
[[nodiscard]] QString captureKindText(CaptureKind kind);

} // namespace Orgtrace::Ui
