#pragma once

#include "base/digest.h"
#include "catalogue/catalogue.h"
#include "evidence/store.h"
#include "json/canonical.h"

#include <QTemporaryDir>
#include <QTest>

#include <map>

/// A store with as many snapshots of one organisation as wanted, an hour apart, written from short JSON.
class ManySnapshots
{
public:
    using Entities = std::map<QString, QByteArray>; ///< id → JSON
    struct Domain {
        Entities entities;
        Orgtrace::Evidence::LedgerState state
            = Orgtrace::Evidence::LedgerState::Complete; ///< otherwise carried on, as if it had not been read
        QByteArray rules = {}; ///< another hash of the catalogue's rules
        QStringList quarantined = {}; ///< ids that could not be read: kept as the snapshot before has them
    };
    using Contents = std::map<QString, Domain>;

    ManySnapshots() { (void)must(Orgtrace::Evidence::Store::init(folder(), {QStringLiteral("writer"), signer().publicKeyLine(), {}, {}})); }
    [[nodiscard]] QString folder() const { return m_directory.filePath(QStringLiteral("store")); }
    [[nodiscard]] QString id(qsizetype at) const { return m_ids.at(at); }
    [[nodiscard]] QDateTime time(qsizetype at) const { return start().addSecs(3600 * at + 60); }
    [[nodiscard]] static QDateTime start() { return {QDate(2026, 10, 1), QTime(6, 0), QTimeZone::UTC}; }
    [[nodiscard]] static Orgtrace::Evidence::Signer signer() { return must(Orgtrace::Evidence::Signer::fromSeed(std::string(32, 'c'))); }

    void capture(const Contents &contents) { captureAt(static_cast<int>(m_ids.size()), contents); }
    /// @param hour of the snapshot's time; ids stay in the order of capturing
    /// @param suffix of another writer's branch
    void captureAt(int hour, const Contents &contents, const QString &suffix = {})
    {
        using namespace Orgtrace;
        auto writer = must(Evidence::SnapshotWriter::begin(folder(), QStringLiteral("org-1"), suffix));
        Catalogue::Catalogue catalogue = must(Catalogue::Catalogue::builtIn());
        QStringList domains;
        for (const auto &[name, domain] : contents) {
            domains.append(name);
            Evidence::LedgerRow row;
            row.domain = name;
            row.state = domain.state;
            row.catalogueHash = QString::fromLatin1(domain.rules.isEmpty() ? catalogue.find(name)->hash() : domain.rules);
            if (domain.state != Evidence::LedgerState::Complete) {
                must(writer.carryDomain(row));
                continue;
            }
            must(writer.beginDomain(name, false));
            for (const auto &[id, json] : domain.entities) {
                const Json::Document document = must(Json::parse(view(json)));
                const QByteArray text = Json::canonicalText(document.root());
                must(writer.addEntity(id, text, gitBlobId(view(text)), sha256(view(text)), {}));
            }
            for (const QString &id : domain.quarantined) {
                must(writer.carryEntity(id));
                row.quarantined.append({id, QStringLiteral("malformed-json"), {}});
            }
            must(writer.endDomain(row));
        }
        Evidence::Manifest manifest;
        manifest.captureId = QStringLiteral("test");
        manifest.organisationId = QStringLiteral("org-1");
        manifest.source = QStringLiteral("capture");
        manifest.startedUtc = start().addSecs(3600 * hour);
        manifest.finishedUtc = time(hour);
        m_ids.append(must(writer.commit(manifest, catalogue.restrictedTo(domains).toJson(), QStringLiteral("test"), signer())).id);
    }

    template<typename T> static T must(Orgtrace::Result<T> result)
    {
        if (!result)
            qFatal("%s: %s", qPrintable(Orgtrace::errorCodeName(result.error().code)),
                   qPrintable(QString(result.error().detail + u' ' + result.error().where)));
        if constexpr (!std::is_void_v<T>)
            return std::move(*result);
    }

private:
    QTemporaryDir m_directory;
    QStringList m_ids;
};
