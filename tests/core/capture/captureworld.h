#pragma once

#include "capture/capture.h"
#include "capture/journal.h"
#include "support/scriptednetwork.h"

#include <QTemporaryDir>

#include <map>

namespace Orgtrace::Test {

/// A small organisation behind the scripted network, and a store to capture it into. Answers what `bodies` holds; tests change it.
class CaptureWorld
{
public:
    CaptureWorld();

    [[nodiscard]] Result<Capture::Outcome> capture(const QStringList &domains = {}, CancellationToken cancel = {},
                                                   std::function<void(const Capture::Progress &)> progress = {});
    [[nodiscard]] Result<Capture::Outcome> import(const QString &folder, const QDateTime &observedUtc = {});
    [[nodiscard]] QByteArray text(const Capture::Outcome &outcome, const QString &domain,
                                  const QString &id) const; ///< "" where it is missing
    [[nodiscard]] QStringList ids(const Capture::Outcome &outcome, const QString &domain) const;
    [[nodiscard]] int snapshotCount() const;
    [[nodiscard]] QString storeFolder() const { return m_folder.filePath(QStringLiteral("store")); }
    [[nodiscard]] QString scratch(const QString &name) const { return m_folder.filePath(name); }

    static ScriptedExchange page(const QByteArrayList &entities, int total = -1);
    static ScriptedExchange status(int code, const QByteArray &body = {});

    ScriptedNetwork network;
    ManualClock clock;
    std::map<QString, ScriptedExchange> answers; ///< by path and query, below the base
    Catalogue::Catalogue catalogue;
    Redaction::Redactor redactor;
    Evidence::Signer signer;
    Genesys::RetryLimits retry;
    bool provesGrants = false, tellsGrantTimes = false; ///< in the captures to come
    QString trigger; ///< of the captures to come
    std::shared_ptr<Capture::Journal> journal; ///< of the captures to come; null: none

private:
    QTemporaryDir m_folder;
};

} // namespace Orgtrace::Test
