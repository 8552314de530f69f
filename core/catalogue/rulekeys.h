#pragma once

#include "catalogue/catalogue.h"

#include <array>
#include <optional>
#include <span>

/// The one vocabulary of rules: what a key is called in TOML, in catalogue.json and in the hash. Private to the room.
namespace Orgtrace::Catalogue {

struct ListKey {
    const char *name;
    QStringList DomainRules::*member;
    bool ordered = false; ///< order is meaning; else sorted before hashing
    bool pattern = false; ///< member paths
};

struct TextKey {
    const char *name;
    QString DomainRules::*member;
};

struct SubKey {
    const char *name;
    QString SubResource::*member;
};

struct FlagKey {
    const char *name;
    bool DomainRules::*member;
};

[[nodiscard]] std::span<const ListKey> listKeys();
[[nodiscard]] std::span<const FlagKey> flagKeys(); ///< marks that are no part of the hash
[[nodiscard]] std::span<const TextKey> textKeys();
[[nodiscard]] std::span<const SubKey> subKeys();
[[nodiscard]] QStringList domainKeys(); ///< all keys of a [[domain]] table, as allowed in TOML
[[nodiscard]] QStringList subResourceKeys();

[[nodiscard]] QString pagingName(Paging paging);
[[nodiscard]] std::optional<Paging> pagingOf(const QString &name);
[[nodiscard]] QStringList pagingNames();

[[nodiscard]] const QStringList &builtInProfiles();
[[nodiscard]] QStringList domainsOfProfile(const QList<DomainRules> &domains, const QString &profile); ///< of a built-in one

/// Names in a text between braces: `id`, `publishedVersion/id`.
[[nodiscard]] QStringList placeholdersOf(const QString &text);

/// The mistake in a set of rules that stands for itself, as a sentence with its cure; empty where there is none.
[[nodiscard]] QString mistakeIn(const DomainRules &rules);
/// The same for the whole: parents that are missing or go round in circles.
[[nodiscard]] QString mistakeIn(const QList<DomainRules> &domains, QString *domain);
/// Parents before their sub-resources, otherwise as given. @pre no mistake in them
[[nodiscard]] QList<DomainRules> inCaptureOrder(const QList<DomainRules> &domains);

} // namespace Orgtrace::Catalogue
