#pragma once
#include "pch_core.h"

#include <QAbstractItemModel>
#include <QApplication>
#include <QPainter>
#include <QWidget>
