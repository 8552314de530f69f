#pragma once

#include "compare/orgmatch.h"

namespace Orgtrace::Ui {

/// What a person said about the twins of two organisations, as it is kept beside the evidence: STORE/matching/<left>--<right>.json, the format of
/// docs/formats/matching.md, so that `orgtracectl diff --match` takes it as it is.
///
/// Thread: any; loading and saving read and write files.

/// Ids become names as those of entities do; a double hyphen only ever parts the two.
[[nodiscard]] QString matchingFilePath(const QString &storeFolder, const QString &leftOrganisation, const QString &rightOrganisation);

struct KeptCorrections {
    QList<Compare::Correction> corrections;
    bool isTurned = false; ///< there is no file for this direction: these are the other one's, turned around
};
/// What is kept for the two; nothing where there is no file.
/// Errors: as Compare::readCorrections, and BadInput for a link, a folder, or a file that says two things of one entity; `where` begins with the file.
[[nodiscard]] Result<KeptCorrections> loadCorrections(const QString &storeFolder, const QString &leftOrganisation,
                                                      const QString &rightOrganisation);
/// Written whole or not at all. Errors: Io, DiskFull, BadInput (the folder is a link), TooLarge (above what is read again).
[[nodiscard]] Result<void> saveCorrections(const QString &storeFolder, const QString &leftOrganisation, const QString &rightOrganisation,
                                           const QList<Compare::Correction> &corrections);

/// These two belong together, whatever was said of either before.
[[nodiscard]] QList<Compare::Correction> paired(QList<Compare::Correction> corrections, const QString &domain, const QString &left,
                                                const QString &right);
/// Neither has a twin; one of them may be missing.
[[nodiscard]] QList<Compare::Correction> parted(QList<Compare::Correction> corrections, const QString &domain,
                                                const std::optional<QString> &left, const std::optional<QString> &right);
/// As it is found by itself: nothing is said of either any more.
[[nodiscard]] QList<Compare::Correction> forgotten(QList<Compare::Correction> corrections, const QString &domain,
                                                   const std::optional<QString> &left, const std::optional<QString> &right);
[[nodiscard]] bool isCorrected(const QList<Compare::Correction> &corrections, const QString &domain, const std::optional<QString> &left,
                               const std::optional<QString> &right);

} // namespace Orgtrace::Ui
