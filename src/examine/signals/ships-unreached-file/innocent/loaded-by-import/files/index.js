require('./deep'); require('./inner'); import('./page');
