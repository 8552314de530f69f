#pragma once

#include "report/coverage.h"
#include "report/people.h"
#include "report/report.h"

#include <QVariant>

namespace Orgtrace::Report {

/// What the parts of a report share while it is put together. Borrows the input.
///
/// Every string that goes into the content passes text() or visible() once and is not escaped: the template engine escapes each value
/// exactly once. The template holds all markup, the content none.
struct Scene {
    explicit Scene(const Input &input);

    const Input &input;
    People people;
    TimeRange range; ///< from the first observation of A to the last of B
    QHash<QString, QString> keyOfId; ///< id → "domain/id" in input.names

    [[nodiscard]] QString domainTitle(const QString &domain) const; ///< visible
    [[nodiscard]] QString text(const QString &text) const; ///< masked and visible
    [[nodiscard]] QString nameOf(const QString &id) const; ///< masked and visible; empty where unknown
    [[nodiscard]] const Evidence::LedgerRow *rowA(const QString &domain) const;
    [[nodiscard]] const Evidence::LedgerRow *rowB(const QString &domain) const;
    /// When a change of this domain can have happened.
    [[nodiscard]] TimeRange windowOf(const QString &domain) const;
    /// The gaps of the audit archive inside a window as text; empty where it was queried throughout.
    [[nodiscard]] QString auditGaps(const TimeRange &window) const;
};

[[nodiscard]] QVariantHash reportContent(const Input &input);
[[nodiscard]] QVariantHash coverageContent(const Scene &scene); ///< coveragecontent.cpp
[[nodiscard]] QVariantHash findingsContent(const Scene &scene); ///< findingcontent.cpp

} // namespace Orgtrace::Report
