#pragma once

#include "diff/diffdocument.h"

#include <QByteArray>
#include <QHash>
#include <QString>

/// A grant change as the demo shows it, in canonical text, and a large one: values for tests and previews of the diff.
namespace DiffSample {

inline QByteArray oldText()
{
    return R"({
  "description": "Seasonal staff, no admin rights",
  "grants": [
    {
      "divisionId": "*",
      "grantMadeAt": "2025-02-11T09:30:00Z",
      "roleId": "38840a11-6b1f-4c39-9f0a-7d5c11aa1801"
    },
    {
      "divisionId": "4973c2f0-93a8-4d1e-8a55-01d2b0e8a4c8",
      "grantMadeAt": "2025-02-11T09:30:00Z",
      "roleId": "38840a11-6b1f-4c39-9f0a-7d5c11aa1801"
    }
  ],
  "memberLimit": 12,
  "rolesEnabled": false,
  "subject": {
    "id": "c1f7aa00-1111-4222-8333-444455559e02",
    "type": "PC_GROUP"
  },
  "tags": [
    "seasonal",
    "callback",
    "north",
    "billing",
    "evening",
    "temporary"
  ],
  "visibility": "members"
}
)";
}

inline QByteArray newText()
{
    return R"({
  "description": "Seasonal staff",
  "grants": [
    {
      "divisionId": "*",
      "grantMadeAt": "2026-10-18T02:14:07Z",
      "roleId": "67fe1b2c-0d0e-4f10-9121-314151614702"
    },
    {
      "divisionId": "*",
      "grantMadeAt": "2025-02-11T09:30:00Z",
      "roleId": "38840a11-6b1f-4c39-9f0a-7d5c11aa1801"
    },
    {
      "divisionId": "4973c2f0-93a8-4d1e-8a55-01d2b0e8a4c8",
      "grantMadeAt": "2025-02-11T09:30:00Z",
      "roleId": "38840a11-6b1f-4c39-9f0a-7d5c11aa1801"
    }
  ],
  "memberLimit": 13,
  "rolesEnabled": true,
  "subject": {
    "id": "c1f7aa00-1111-4222-8333-444455559e02",
    "type": "PC_GROUP"
  },
  "tags": [
    "seasonal",
    "callback",
    "north",
    "billing",
    "evening",
    "temporary"
  ],
  "visibility": "members"
}
)";
}

inline QHash<QString, QString> names()
{
    return {{QStringLiteral("groups/c1f7aa00-1111-4222-8333-444455559e02"), QStringLiteral("Contractors")},
            {QStringLiteral("roles/67fe1b2c-0d0e-4f10-9121-314151614702"), QStringLiteral("Master Admin")},
            {QStringLiteral("roles/38840a11-6b1f-4c39-9f0a-7d5c11aa1801"), QStringLiteral("Agent")},
            {QStringLiteral("divisions/4973c2f0-93a8-4d1e-8a55-01d2b0e8a4c8"), QStringLiteral("Home")}};
}

/// Rows from a picture, without the aligner: one row a character, '=' same, '~' changed, '+' added, '-' removed.
inline Orgtrace::Ui::DiffDocumentPtr pictured(const QString &picture)
{
    using namespace Orgtrace;
    auto document = std::make_shared<Ui::DiffDocument>();
    QByteArray left, right;
    int leftLine = 0, rightLine = 0;
    for (qsizetype i = 0; i < picture.size(); ++i) {
        Compare::AlignedRow row;
        const QChar c = picture[i];
        row.kind = c == u'=' ? Compare::RowKind::Same
            : c == u'~'      ? Compare::RowKind::Changed
            : c == u'+'      ? Compare::RowKind::Added
                             : Compare::RowKind::Removed;
        if (c != u'+') {
            row.leftLine = ++leftLine;
            left += QStringLiteral("  \"k%1\": %2,\n").arg(i).arg(c == u'~' ? 1 : 0).toUtf8();
        }
        if (c != u'-') {
            row.rightLine = ++rightLine;
            right += QStringLiteral("  \"k%1\": %2,\n").arg(i).arg(c == u'~' ? 2 : 0).toUtf8();
        }
        document->rows.append(row);
    }
    document->rows.finish();
    document->left = Ui::TextLines(left);
    document->right = Ui::TextLines(right);
    document->widestColumns = 40;
    return document;
}

} // namespace DiffSample
