#pragma once

#include "json/value.h"

#include <QByteArray>
#include <QHash>
#include <QList>

namespace Orgtrace::Test {

/// Where a document breaks its schema.
struct Breach {
    QString pointer; ///< RFC 6901, into the document
    QString what; ///< "is text, integer is declared"
};

/// A Swagger 2.0 description, and what in a reply breaks it: $ref, type, required, properties, additionalProperties, items, enum and the formats
/// int32, int64, float, double, date and date-time. Stricter than JSON Schema in two things, both what a simulator gets wrong: a null, which
/// Swagger 2.0 does not know, and a member that a schema with members does not declare. More lenient in two: a mere reference, {id, name, selfUri},
/// lacks nothing, and an object that is described no further is any value.
///
/// Our own because the packaged validators for C++ speak JSON Schema: they know no int32, take what is not declared, and see numbers as doubles.
/// Values borrow from the description, which must outlive them.
class OpenApi
{
public:
    /// Errors: Io, MalformedJson, BadInput (no Swagger 2.0, or a $ref that leads nowhere).
    [[nodiscard]] static Result<OpenApi> read(const QString &file);
    [[nodiscard]] static Result<OpenApi> parse(const QByteArray &json);

    /// "/api/v2/users/{userId}" for /api/v2/users/1, or for /api/v2/users/{id}; a literal segment goes before a parameter. Empty: none fits.
    [[nodiscard]] QString templateOf(const QString &path) const;
    [[nodiscard]] QStringList templates(const QByteArray &method) const; ///< those that offer the method; small letters
    /// The schema of an answer with status 200; missing where there is none.
    [[nodiscard]] Json::Value answerSchema(const QByteArray &method, const QString &pathTemplate) const;
    [[nodiscard]] Json::Value definition(std::string_view name) const;
    /// In document order; at most ten thousand.
    [[nodiscard]] QList<Breach> breaches(Json::Value document, Json::Value schema) const;

private:
    class Check;
    [[nodiscard]] Json::Value followed(Json::Value schema) const; ///< through its $ref; missing where that leads nowhere
    [[nodiscard]] Result<void> checkReferences(Json::Value schema) const;

    Json::Document m_document;
    QHash<QByteArray, Json::Value> m_definitions;
    QHash<QString, Json::Value> m_paths;
};

} // namespace Orgtrace::Test
