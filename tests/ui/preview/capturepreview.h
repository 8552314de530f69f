#pragma once

#include <QWidget>

#include <functional>

/// A capture under way and waiting, one that ended in trouble, one without a snapshot, and what a narrow client may see.
void capturePreviews(const std::function<void(QWidget &page, const QString &name, const QSize &size)> &save);
