#pragma once

#include "catalogue/normaliser.h"
#include "evidence/model.h"
#include "genesys/listing.h"

#include <memory>
#include <vector>

namespace Orgtrace::Capture {

/// What sub-resources ask of a parent besides its id: `publishedVersion/id` → its text. Members it does not have are left out.
using Members = QHash<QString, QString>;

/// What one page or one parent became: entities ready to be written, and those that must stand aside. For core/capture only.
struct Batch {
    std::vector<Catalogue::NormalisedEntity> ready;
    std::vector<Evidence::Quarantined> quarantined;
    QHash<QString, Members> members; ///< by id, for sub-resources; empty where none asks
};

/// Everything a domain became, before it is written.
struct DomainData {
    Evidence::LedgerRow row; ///< state, counts and times; quarantined and failedParents are filled in on writing
    std::vector<std::shared_ptr<Batch>> batches;
    QStringList failedParents;
    QString firstFailure; ///< why the first of them failed
    bool hasNameless = false; ///< an element came without a usable id: its sub-resources cannot be asked for
    QStringList ids; ///< every known id, quarantined ones too: the parents of sub-resources
    QHash<QString, Members> members; ///< by id, what was wanted of them
};

/// Normalises a page. Pure; on a worker. Settings objects (`isSingle`) have the id "".
[[nodiscard]] std::shared_ptr<Batch> normalisePage(const Genesys::Page &page, Catalogue::NormaliserPool &normalisers, bool isSingle);

/// The wanted members of each readable item of a page, by id; an item with a monstrous one is left out. Pure; on a worker.
[[nodiscard]] QHash<QString, Members> membersOf(const Genesys::Page &page, const QStringList &wanted);

[[nodiscard]] Evidence::Quarantined quarantinedFrom(const Genesys::BrokenItem &item);
[[nodiscard]] Evidence::Quarantined quarantinedFrom(const QString &id, const Error &error, Json::Value value);

/// "forbidden: missing permission routing:queue:view"
[[nodiscard]] QString reasonOf(const Error &error);
/// 403 → Forbidden, 404 → NotOffered, everything else → Carried.
[[nodiscard]] Evidence::LedgerState stateOf(const Error &error);

} // namespace Orgtrace::Capture
