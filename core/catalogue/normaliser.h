#pragma once

#include "catalogue/catalogue.h"
#include "redaction/redactor.h"
#include "json/value.h"

#include <memory>

namespace Orgtrace::Catalogue {

/// One entity in the form that is kept: what it is (text), and that someone saved (signal).
struct NormalisedEntity {
    QString id;
    QString name; ///< as the nameField says, for people
    QByteArray text; ///< canonical text
    QByteArray sha256; ///< of text, 32 raw bytes
    QByteArray blobId; ///< git's, 20 raw bytes
    QByteArray signal; ///< one NDJSON line without LF, {"id":…,…}; empty where there is none
    int redactions = 0; ///< secrets replaced
};

/// Applies one domain's rules: drops, reduces, sorts, redacts, writes canonical text, hashes. Pure; one an object a thread (scratch buffers), rules
/// and redactor shared.
class Normaliser
{
public:
    /// Borrows both; they must outlive it.
    Normaliser(const DomainRules &rules, const Redaction::Redactor &redactor);
    ~Normaliser();
    Q_DISABLE_COPY_MOVE(Normaliser)

    /// Errors: MalformedJson (no usable id, duplicate keys, too deep): the entity is to be quarantined, alone.
    [[nodiscard]] Result<NormalisedEntity> normalise(Json::Value entity);
    /// For settings objects and composed sub-resources, whose id is given.
    [[nodiscard]] Result<NormalisedEntity> normalise(Json::Value entity, const QString &id);

private:
    struct Private;
    std::unique_ptr<Private> d;
};

} // namespace Orgtrace::Catalogue
