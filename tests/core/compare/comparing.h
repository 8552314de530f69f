#pragma once

#include "base/digest.h"
#include "compare/compare.h"

#include <QTest>

/// Rules in one line, for data rows: "unordered=a,b/*; identity=grants:role+division.id; text=x; labels=y".
inline Orgtrace::Catalogue::DomainRules rulesFrom(const QString &text)
{
    Orgtrace::Catalogue::DomainRules rules;
    for (const QString &part : text.split(u';', Qt::SkipEmptyParts)) {
        const QString key = part.section(u'=', 0, 0).trimmed();
        const QStringList values = part.section(u'=', 1).trimmed().split(u',', Qt::SkipEmptyParts);
        if (key == QLatin1StringView("unordered"))
            rules.unordered = values;
        else if (key == QLatin1StringView("text"))
            rules.text = values;
        else if (key == QLatin1StringView("labels"))
            rules.labels = values;
        else if (key == QLatin1StringView("identity"))
            for (const QString &identity : values)
                rules.identities.insert(identity.section(u':', 0, 0), identity.section(u':', 1).replace(u'+', u','));
        else
            qFatal("unknown rule in a test");
    }
    return rules;
}

/// "modified /a/0 (/a/[id=x]) 1 -> 2", one line a field; the path only where it differs from the pointer.
inline QStringList described(const QList<Orgtrace::Compare::FieldChange> &fields)
{
    QStringList lines;
    for (const auto &field : fields) {
        QString line = Orgtrace::Compare::fieldKindName(field.kind) + u' ' + field.pointer;
        if (field.path != field.pointer)
            line = line + QStringLiteral(" (") + field.path + u')';
        if (!field.movedFrom.isEmpty())
            line = line + QStringLiteral(" from ") + field.movedFrom;
        if (field.oldText)
            line = line + u' ' + QString::fromUtf8(*field.oldText);
        if (field.newText)
            line = line + QStringLiteral(" -> ") + QString::fromUtf8(*field.newText);
        lines.append(line);
    }
    return lines;
}

inline Orgtrace::Json::Document parsed(const QByteArray &text)
{
    auto document = Orgtrace::Json::parse(Orgtrace::view(text), {.maxDepth = 100'000});
    if (!document)
        qFatal("bad JSON in a test: %s", text.left(200).constData());
    return std::move(*document);
}
