#pragma once

#include "compare/align.h"
#include "compare/sidebyside.h"

#include <QStringView>

namespace Orgtrace::Compare {

/// The pieces in which two versions of a line differ: whole words, numbers and signs, never half a surrogate pair.
struct LineMarks {
    QList<Mark> left, right;
};
/// Exact while the budget lasts; then all between the common beginning and the common end.
[[nodiscard]] LineMarks markLine(QStringView left, QStringView right, AlignBudget &budget);

/// How alike two lines are, 0 to 1: common beginning and end, indentation and final comma left out; linear.
[[nodiscard]] double lineLikeness(QByteArrayView left, QByteArrayView right);

} // namespace Orgtrace::Compare
