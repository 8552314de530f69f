#pragma once

#include "operations/findings.h"

#include <QHash>
#include <QString>

#include <map>

namespace Orgtrace::Ui {

/// Who saved an entity last, by the snapshot itself: the signal `modifiedBy` of snapshot B.
struct Savers {
    QHash<QString, QString> ids; ///< "domain/entity" → user id
    QHash<QString, QString> names; ///< user id → name as of B
    std::map<QString, Error> unread = {}; ///< domain → why its signals could not be read; of an empty domain: why none could
    [[nodiscard]] bool isEmpty() const { return ids.isEmpty(); } ///< tells of nobody
    [[nodiscard]] const Error *whyUnread(const QString &domain) const; ///< nullptr: they were read
};

/// Of the entities that changed. Reads the signals of their domains: on a worker. What cannot be read is not known, and `unread` says why.
/// Source: docs/formats/store.md, signals.
[[nodiscard]] Savers readSavers(const QString &storeFolder, const Operations::RangeFindings &range, const CancellationToken &cancel);

/// Who saved last, as far as the evidence tells. Not attribution: nothing says that this save made this change.
struct Actor {
    enum class Source {
        None, ///< nobody is named
        Signal, ///< modifiedBy of the snapshot
        Event ///< the latest audit event listed beside the change
    };
    QString id, name; ///< the name as of the range, else the id
    Source source = Source::None;
    [[nodiscard]] bool isKnown() const { return source != Source::None; }
    friend bool operator==(const Actor &, const Actor &) = default;
};
[[nodiscard]] Actor actorOf(const Operations::RangeFindings &range, const Report::Finding &finding, const Savers *savers);

} // namespace Orgtrace::Ui
